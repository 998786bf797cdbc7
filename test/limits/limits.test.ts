/**
 * Two dispatchers send limited work: first attempts, retries, and what was lost, to a consumer that counts, on a clock
 * that the test moves. One dispatcher dies in its turn. What nodes begin at once, and when, is what the limits promise.
 */
import { groupBy, type Job, parseSubTaskId, toJobQueue } from '@cyberstroll/contracts';
import { createLimitTurns } from '@cyberstroll/coordination';
import type { Broker, QueueDepth } from '@cyberstroll/messaging';
import { LEASE_PREFIX, type Store } from '@cyberstroll/store';
import {
  createListener,
  createTestStore,
  createUpdater,
  eventually,
  FAILURE,
  testLogger as logger,
  startParts,
  toHeartbeat,
  toNewTask,
  toUpdate,
} from '@cyberstroll/testkit';
import { createTaskLeases } from '../../services/dispatcher/src/adapters/task-leases';
import { createDispatch } from '../../services/dispatcher/src/pass/dispatch-pass';
import { createRecallLost } from '../../services/retry-scheduler/src/sweeps/recall-lost';

type Parts = Awaited<ReturnType<typeof startParts>>;
let parts: Parts;
beforeEach(async () => {
  parts = await startParts();
});
afterEach(() => parts?.cleanup());

const STEP_MS = 100;
/** No lease ends because the machine is slow. The dead sender's end at this step. */
const LEASE_MS = 60_000;
const LEASES_END_AT = 10;
const ADDRESSES = 25;
/** Both tasks have addresses in the second /28. */
const TARGETS = ['127.0.1.5-19', '127.0.1.20-29'] as const;
const MAX_STEPS = 1_000;
/** Steps. A node takes nothing in the first half of them. Then it begins all that waits. */
const CYCLE = 20;
const SENDER = { node_id: 'n1', instance_id: 'n1-a' };

/** Of a run. Each step waits for the engines. */
const LIMIT_MS = 900_000;

interface Scan {
  ip: string;
  taskId: string;
  index: number;
  attempt: number;
}

/**
 * What RabbitMQ answers late says nothing, and a service goes by the next answer: here the steps would pass meanwhile.
 */
function toPatient(broker: Broker): Broker {
  const toKnown = (ask: () => Promise<QueueDepth>) =>
    eventually(async () => {
      const depth = await ask();
      if (depth.known === undefined) throw new Error('RabbitMQ answered late');
      return depth;
    });
  return {
    ...broker,
    queueDepth: (queue) => toKnown(() => broker.queueDepth(queue)),
    updatesDepth: () => toKnown(broker.updatesDepth),
  };
}

async function run(limit: object, { dies }: { dies: 'before' | 'after' }) {
  const { testbed, publisher, store } = parts;
  const broker = toPatient(parts.broker);
  // By this clock a retry is due at once: what a node reports is stored at the real time.
  let now = Date.now() + 3_600_000;
  const getTime = async () => new Date(now);
  await broker.declareJobQueue('default');
  // RabbitMQ says how many updates wait only where somebody takes them.
  await testbed.start(createUpdater(parts));
  await store.limits.create({ covers: { all: true }, operator: 'test', ...limit }, new Date(now));
  const taskIds: string[] = [];
  async function createTask(target: string): Promise<void> {
    const { task } = await store.tasks.createTask(toNewTask(target, { retry_delay: 0 }));
    taskIds.push(task.task_id);
  }
  await createTask(TARGETS[0]);

  async function openReplica(instance: string, { store: changed = {}, publisher: own = publisher } = {}) {
    const opened: Store = await testbed.start(createTestStore({ mongodb_uri: testbed.mongodb_uri }, instance));
    const limits = createLimitTurns({ ...opened, getTime }, { leaseMs: LEASE_MS });
    const leases = createTaskLeases(opened.leases, { ttlMs: LEASE_MS });
    return { store: { ...opened, ...changed }, limits, leases, broker, publisher: own, logger };
  }

  /** Its turn is the last thing that it does: it neither ends it, nor anything else. */
  async function openDying() {
    let isDead = false;
    function die(): Promise<never> {
      isDead = true;
      return Promise.reject(new Error('dead'));
    }
    const replica = await openReplica('dying', {
      store: dies === 'after' ? { chunks: { ...store.chunks, advanceCursors: die } } : {},
      publisher: dies === 'before' ? { ...publisher, publish: die } : publisher,
    });
    const { take } = replica.limits;
    const limits: typeof replica.limits = {
      ...replica.limits,
      take: async (...asked) => {
        const turn = await take(...asked);
        return turn && { ...turn, end: async () => undefined };
      },
    };
    const { dispatchOnce } = createDispatch({ ...replica, limits });
    return {
      /** Passes until one has its turn, and dies in it. */
      dispatchOnce: (at: Date) =>
        eventually(async () => {
          await dispatchOnce(at);
          return isDead;
        }),
      endLeases: () =>
        replica.store.leases.releaseAll(['limits', ...taskIds.map((id) => `${LEASE_PREFIX.dispatch}${id}`)]),
    };
  }

  const arrived: Scan[] = [];
  const take = (body: unknown) => {
    const { task_id: taskId, subtasks } = body as Job;
    for (const { subtask_id, ip, attempt } of subtasks) {
      arrived.push({ taskId, ip, index: parseSubTaskId(subtask_id)!.index, attempt });
    }
  };
  await testbed.start(createListener({ broker, publisher }, toJobQueue('default'), take));

  const dying = await openDying();
  const replica = await openReplica('alive');
  let turns = 0;
  const living = createDispatch(
    {
      ...replica,
      limits: {
        ...replica.limits,
        async take(...asked) {
          const turn = await replica.limits.take(...asked);
          if (turn) turns++;
          return turn;
        },
      },
    },
    { workMs: 0 },
  );
  const recallOnce = createRecallLost(replica, { settleAfterMs: 500, resendAfterMs: 1_000 });

  const running: Scan[] = [];
  const starts: number[] = [];
  let most = 0;
  let mostInPrefix = 0;
  const apply = (scans: readonly Scan[], toFields: (scan: Scan) => object) =>
    store.subTasks.batchUpdateSubTasks(
      scans.map((scan) => {
        const { taskId, index, attempt } = scan;
        const lease = { attempt, lease_id: `lease-${index}-${attempt}` };
        return { sender: SENDER, update: toUpdate(taskId, index, { ...lease, ...toFields(scan) }) };
      }),
    );
  const isDone = async () => {
    const counts = await store.tasks.countForDispatch(taskIds);
    return [...counts.values()].reduce((sum, { closed }) => sum + closed, 0) === ADDRESSES;
  };
  for (let step = 0; step < 2 || !(await isDone()); step++) {
    if (step > MAX_STEPS) throw new Error('it never ends');
    // By steps alone. What waits for a node for longer than `resendAfterMs` is sent again, however slow the machine is.
    now += STEP_MS;
    if (step % 20 === 0) await store.nodes.recordHeartbeat(toHeartbeat({ capacity: 50 }), new Date(now));
    const at = new Date(now);
    if (step === LEASES_END_AT) await dying.endLeases();
    // It takes nothing before the living had its turns either.
    if (turns >= 3 && step % CYCLE >= CYCLE / 2) {
      const begun = arrived.splice(0);
      running.push(...begun);
      starts.push(...begun.map(() => now));
      most = Math.max(most, running.length);
      for (const of of groupBy(running, toPrefix).values()) mostInPrefix = Math.max(mostInPrefix, of.length);
      await apply(begun, () => ({ status: 'SCANNING' }));
    }
    const ended = running.splice(0, Math.ceil(running.length / 2));
    const isFailure = ({ index, attempt }: Scan) => index % 5 === 0 && attempt === 1;
    await apply(ended, (scan) => (isFailure(scan) ? FAILURE : { status: 'COMPLETED' }));
    if (step === 1) await createTask(TARGETS[1]);
    await Promise.allSettled(step === 0 ? [dying.dispatchOnce(at)] : [living.dispatchOnce(at), recallOnce(at)]);
    for (const taskId of taskIds) await store.tasks.calculateTaskProgress(taskId);
  }
  return { most, mostInPrefix, starts };
}

/** The /28. */
const toPrefix = ({ ip }: Scan): number => Math.floor(Number(ip.split('.')[3]) / 16);

function countMost(starts: readonly number[], windowMs: number): number {
  return Math.max(...starts.map((from) => starts.filter((at) => at >= from && at <= from + windowMs).length));
}

it.each(['before', 'after'] as const)(
  'no more than n scans at once, if a sender dies %s it has sent',
  async (dies) => {
    const { most, starts } = await run({ max_concurrent: 6 }, { dies });
    expect(most).toBeLessThanOrEqual(6);
    expect(most).toBeGreaterThan(3);
    // Every fifth was retried, and nothing was scanned twice besides.
    expect(starts).toHaveLength(ADDRESSES * 1.2);
  },
  LIMIT_MS,
);

it(
  'no more starts than the pace allows, if a sender dies after it has sent',
  async () => {
    const { starts } = await run({ max_starts_per_second: 10 }, { dies: 'after' });
    expect(countMost(starts, 1_000)).toBeLessThanOrEqual(10 + 2 * 4);
    expect(starts).toHaveLength(ADDRESSES * 1.2);
  },
  LIMIT_MS,
);

it(
  'no more scans at once in a prefix than allowed, of all tasks together, while other prefixes continue',
  async () => {
    const per_prefix = { max_concurrent: 2, ipv4_length: 28, ipv6_length: 64 };
    const { most, mostInPrefix, starts } = await run({ per_prefix }, { dies: 'after' });
    expect(mostInPrefix).toBe(2);
    expect(most).toBeGreaterThan(2);
    expect(starts).toHaveLength(ADDRESSES * 1.2);
  },
  LIMIT_MS,
);
