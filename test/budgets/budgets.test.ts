/**
 * What the passes of the sweeps and some requests ask of MongoDB in a large installation: the number of commands and
 * the size of the replies. Both are counts, the same on every machine. A budget is what is needed and a fifth more. If
 * one is exceeded, the test shows the whole table.
 */
import { MAX_FACET_RESULTS } from '@cyberstroll/contracts';
import { createLimitTurns, createTaskRound } from '@cyberstroll/coordination';
import { type Broker, createServiceUpdateSender, type Publisher } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import { createGroup, createMetrics, loadConfig } from '@cyberstroll/runtime';
import { createStore, type Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTestBroker,
  createTestbed,
  createTestRealtime,
  holdDate,
  testLogger as logger,
  type RecordedCommand,
  recordCommands,
  report,
  type Testbed,
  toRecordableUri,
  toUpdate,
} from '@cyberstroll/testkit';
import { createTaskLeases } from '../../services/dispatcher/src/adapters/task-leases';
import { createDispatch } from '../../services/dispatcher/src/pass/dispatch-pass';
import { createPublishRules } from '../../services/dispatcher/src/sweeps/publish-rules';
import { createSettleEnded } from '../../services/dispatcher/src/sweeps/settle-ended-once';
import { createAlertSweeps } from '../../services/heartbeat-monitor/src/alerts/alert-sweeps';
import { configShape } from '../../services/heartbeat-monitor/src/config';
import { createTaskEndDelivery } from '../../services/heartbeat-monitor/src/delivery/deliver-task-ends';
import { createFleetGauges, createQueueGauges } from '../../services/heartbeat-monitor/src/metrics/gauges';
import { createClaimCheck } from '../../services/heartbeat-monitor/src/sweeps/check-claims';
import { createMarkerSweep } from '../../services/heartbeat-monitor/src/sweeps/mark-updates';
import { createFleetSweep } from '../../services/heartbeat-monitor/src/sweeps/show-fleet';
import { timeOutTasksOnce } from '../../services/heartbeat-monitor/src/sweeps/time-out-tasks';
import { createLinkWatch } from '../../services/heartbeat-monitor/src/sweeps/watch-links';
import { createCleanUpSweep } from '../../services/retry-scheduler/src/sweeps/clean-up';
import { followEndedOnce } from '../../services/retry-scheduler/src/sweeps/follow-ended-once';
import { createFollowInventory } from '../../services/retry-scheduler/src/sweeps/follow-inventory';
import { createRecallLost } from '../../services/retry-scheduler/src/sweeps/recall-lost';
import { createRetryAll } from '../../services/retry-scheduler/src/sweeps/retry-all';
import { createRollUpSweep } from '../../services/retry-scheduler/src/sweeps/roll-up';
import { type Budget, compare, toCost } from './measure';
import { HELD_PER_TASK, type Held, seedInstallation, seedResults } from './seed-installation';

/** Per pass, per batch or per request: commands at most, and kB of replies at most. */
const BUDGETS: Record<string, [commands: number, kilobytes: number]> = {
  "the fleet's pace": [6, 160],
  // With the exclusions: one read, twice a second at most.
  'dispatch, the first pass': [9, 280],
  // Twenty of them a second, and the nodes once, are 50 MB a minute at most, however many tasks are open.
  'dispatch, nothing to do': [4, 28],
  'publish-rules': [9, 3],
  'settle-ended': [4, 70],
  'watch-links': [1, 2],
  'check-claims': [11, 270],
  'check-claims, every claim is old': [23, 22_500],
  'time-out-tasks': [1, 2],
  'show-fleet': [28, 1_080],
  'mark-updates': [3, 2],
  'show-queues': [4, 2],
  'raise-alerts': [27, 1_500],
  'raise-node-alerts': [4, 110],
  'raise-queue-alerts': [4, 2],
  // Without limits.
  'deliver-alerts': [2, 2],
  'deliver-task-ends': [2, 2],
  'recall-lost': [10, 770],
  'recall-lost, 500 tasks have a chunk to look at': [606, 890],
  'retry-all': [1, 2],
  'follow-ended': [1, 2],
  'roll-up': [3, 80],
  'follow-inventory, nothing to add': [1, 2],
  'clean-up': [6, 3],
  'a batch of 500 updates of five tasks': [30, 200],
  'roll-up of one task with 900 kB of targets': [5, 15],
  'a look at 500 tasks that move': [3, 690],
  'the progress of 495 tasks is written': [1, 2],
  "GET a task's status": [4, 4],
  'GET the status of ten tasks, 100 at once': [4, 20],
  // With every node of the pool. Those that fall silent while the test writes its documents are not read.
  "GET a task's statistics": [7, 160],
  'GET 100 tasks': [1, 140],
  'GET 100 nodes': [1, 70],
  'GET statistics': [16, 910],
  // Two commands for each 2,000 of them, and for each of the windows that are empty before and after them.
  'GET results, none of 10,000 matches': [50, 11],
  // The most that are counted for one answer.
  'GET the facets of 10,000 results': [43, 2_700],
};

/** Of the seeding of some 100,000 documents, and of all passes. */
const LIMIT_MS = 900_000;

let testbed: Testbed;
let store: Store;
let broker: Broker;
let publisher: Publisher;
let realtime: Realtime;
let parts: ReturnType<typeof createGroup>;
let held: Held[];
/** However long the seeding takes, the seeded nodes are online, and every pass runs now or a few seconds later. */
const date = holdDate();
const now = new Date();
const later = new Date(now.getTime() + 8_000);
beforeAll(async () => {
  testbed = await createTestbed();
  held = await seedInstallation(testbed, now);
  const uri = toRecordableUri(testbed.mongodb_uri);
  // A writer's lease is not renewed while a pass is measured.
  store = createStore({ uri, instance: 'budgets', logger, sessionTtlMs: 3_600_000 });
  broker = createTestBroker(testbed);
  publisher = broker.createPublisher();
  realtime = createTestRealtime(testbed);
  parts = createGroup('parts', [store, broker, publisher, realtime]);
  await parts.start();
  await broker.declareJobQueue('default');
  // Opens the connections of exports, which are recorded only if they are there before.
  await countResults(1);
}, LIMIT_MS);
afterAll(async () => {
  date.release();
  await parts?.stop();
  await testbed?.cleanup();
});

type Pass = () => Promise<unknown>;

const countResults = (limit: number) =>
  store.results.takeFirst({ limit }, () => undefined, new AbortController().signal);

/** The passes of every sweep that reads the database. */
function toSweeps(): Record<string, Pass> {
  const updates = createServiceUpdateSender({ publisher, operator: 'test', repeatAfterMs: 10_000 });
  const nextEnded = createTaskRound(store, 'ended');
  // None ends between two passes, however long they take.
  const leases = createTaskLeases(store.leases, { ttlMs: 3_600_000 });
  // They are read in the first pass that needs them, however long it takes until the next.
  const limits = createLimitTurns(store, { now: () => 0 });
  const deps = { store, broker, publisher, realtime, updates, leases, limits, logger, nextEnded };
  const config = loadConfig(configShape, {});
  const registry = createMetrics('heartbeat-monitor');
  const hasUnsettled = async () => true;
  const gauges = { store, broker, publisher, registry, intervalMs: config.METRICS_INTERVAL_MS, hasUnsettled };
  const timeoutMs = config.HEARTBEAT_TIMEOUT_MS;
  const rules = {
    timeoutMs,
    share: config.BREAKER_SHARE,
    holdMs: config.BREAKER_HOLD_MS,
    graceMs: config.ZOMBIE_GRACE_MS,
  };
  const countTry = () => undefined;
  const alerts = createAlertSweeps({ ...deps, registry, countTry }, config);
  const leadership = { isLeader: async () => true };
  const { dispatchOnce } = createDispatch(deps);
  const cleanUp = { store, realtime, logger, leadership, instance: 'test', expireDays: 30, intervalMs: 60_000 };
  return {
    "the fleet's pace": () => store.tasks.findPace('default'),
    'dispatch, the first pass': () => dispatchOnce(now),
    'dispatch, nothing to do': () => dispatchOnce(new Date(now.getTime() + 50)),
    'publish-rules': () => createPublishRules(deps)(now),
    'settle-ended': () => createSettleEnded(deps)(later),
    'watch-links': () => createLinkWatch(deps, timeoutMs, now).checkOnce(now),
    'check-claims': () => createClaimCheck({ ...deps, rules })(now),
    'check-claims, every claim is old': () => createClaimCheck({ ...deps, rules })(later),
    'time-out-tasks': () => timeOutTasksOnce(deps, now),
    'show-fleet': () => createFleetSweep({ ...gauges, show: createFleetGauges(gauges) })(now),
    'mark-updates': () => createMarkerSweep(gauges)(now),
    'show-queues': () => createQueueGauges(gauges)(now),
    'raise-alerts': () => alerts.ofDatabase(now),
    'raise-node-alerts': () => alerts.ofNodes(now),
    'raise-queue-alerts': () => alerts.ofQueues(now),
    'deliver-alerts': () => alerts.deliver(now),
    'deliver-task-ends': () => createTaskEndDelivery({ ...deps, countTry }, config)(now),
    'recall-lost': () => createRecallLost(deps, { resendAfterMs: 30_000 })(now),
    'recall-lost, 500 tasks have a chunk to look at': () => createRecallLost(deps, { resendAfterMs: 30_000 })(later),
    'retry-all': () => createRetryAll(deps)(now),
    'follow-ended': () => followEndedOnce(deps, now),
    'roll-up': () => createRollUpSweep(deps)(now),
    'follow-inventory, nothing to add': () => createFollowInventory(deps)(now),
    'clean-up': () => createCleanUpSweep(cleanUp).sweepOnce(now),
  };
}

/** Some requests of task-api, and what an updater asks for a batch. */
async function toRequests(): Promise<Record<string, () => Promise<unknown>>> {
  const { taskId } = held[0]!;
  const targets = Array.from({ length: 60_000 }, (_, place) => `10.${place >> 8}.${place & 255}.1`).join(',');
  const largeId = await createQueuedTask(store, targets);
  await report(store, largeId, [0]);
  const firstTasks = new Set(held.slice(0, 5).map(({ taskId }) => taskId));
  // Of each of five tasks, 50 subtasks that are scanned, and 50 that a node takes.
  const updates = held
    .filter(({ taskId: id, index }) => firstTasks.has(id) && index < 50)
    .flatMap(({ nodeId: node_id, lease_id, index, taskId: id }) => {
      const sender = { node_id, instance_id: `${node_id}-a` };
      return [
        { sender, update: toUpdate(id, index, { lease_id, status: 'COMPLETED' }) },
        { sender, update: toUpdate(id, HELD_PER_TASK + index, { lease_id: `next-${lease_id}` }) },
      ];
    });
  // It made none of these claims. After one wrong guess that a subtask is new, it reads all of them.
  await store.subTasks.batchUpdateSubTasks(updates.slice(0, 1));
  await seedResults(testbed, MAX_FACET_RESULTS, now);
  const movingIds = [...new Set(held.map((each) => each.taskId))];
  // The batch below gives its tasks another revision.
  const others = movingIds.filter((id) => !firstTasks.has(id));
  const unwritten = (await store.tasks.findRollUps(others)).map(({ snapshot: { task_id, rev, seq, progress } }) => ({
    task: { task_id, rev: rev! },
    transitions: [],
    changes: { set: { progress, progress_seq: seq + 1 }, unset: [] },
  }));
  return {
    'a batch of 500 updates of five tasks': () => store.subTasks.batchUpdateSubTasks(updates),
    'roll-up of one task with 900 kB of targets': () => store.tasks.calculateTaskProgress(largeId),
    'a look at 500 tasks that move': () => store.tasks.findRollUps(movingIds),
    'the progress of 495 tasks is written': () => store.tasks.writeProgress(unwritten),
    "GET a task's status": () => store.tasks.getStanding(taskId),
    'GET the status of ten tasks, 100 at once': () =>
      Promise.all(Array.from({ length: 100 }, (_, i) => store.tasks.getStanding(held[i % 10]!.taskId))),
    "GET a task's statistics": () => store.statistics.getTaskStatistics(taskId),
    'GET 100 tasks': () => store.tasks.findTasks({ limit: 100 }),
    'GET 100 nodes': () => store.nodes.findPage({ limit: 100 }),
    'GET statistics': () => store.statistics.getFleetStatistics(),
    'GET results, none of 10,000 matches': () => store.results.findPage({ service: 'none', limit: 100 }),
    'GET the facets of 10,000 results': () => countResults(MAX_FACET_RESULTS),
  };
}

/** A read that the server gave up: on a busy machine, results are then read in smaller parts. It is counted again. */
const wasTooSlow = ({ command, replyBytes }: RecordedCommand) =>
  command['maxTimeMS'] !== undefined && command['find'] !== undefined && replyBytes === undefined;
const MOST_TRIES = 20;

it(
  'keeps each pass, each batch and each request within its budget',
  async () => {
    // What is kept for some seconds is read once, however slow the machine is: the fleet's pace and the leases.
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    const recording = recordCommands();
    const costs = new Map<string, Budget>();
    try {
      for (const toPasses of [toSweeps, toRequests]) {
        for (const [name, pass] of Object.entries(await toPasses())) {
          for (let isSlow = true, tries = 0; isSlow && tries < MOST_TRIES; tries++) {
            const first = recording.commands.length;
            await pass();
            const asked = recording.commands.slice(first);
            isSlow = asked.some(wasTooSlow);
            costs.set(name, toCost(asked));
          }
        }
      }
    } finally {
      recording.stop();
      jest.restoreAllMocks();
    }
    const { table, isOver } = compare(BUDGETS, costs);
    if (isOver) throw new Error(`more is asked of MongoDB than the budgets allow:\n${table}`);
    expect([...costs.keys()]).toEqual(Object.keys(BUDGETS));
  },
  LIMIT_MS,
);
