/**
 * The system under fault: two of every service and the scanner nodes, as processes, with a recording node and recording
 * subscribers beside them. `judge` waits until nothing of the rig's tasks is on its way any more and has the checker look.
 */
import { join } from 'node:path';
import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { callManagement, eventually, getEngineUrls } from '@cyberstroll/testkit';
import type { CreateTask } from '../../e2e/api';
import { waitUntilSettled } from '../../e2e/assert-consistent';
import type { ProgressWatch } from '../../e2e/progress-watch';
import { startTestStack, type TestStack, type TestStackOptions } from '../../e2e/test-stack';
import { check, type Report } from '../checker/check';
import type { Evidence, LedgerEntry } from '../checker/evidence';
import { type Database, openDatabase } from './database';
import { createFollower, type Follower } from './follower';
import { createLedger, type Ledger } from './ledger';
import { createMessageCopy, type MessageCopy } from './message-copy';
import { createRecordingNode, RECORDED_POOL, type RecordingNode } from './recording-node';

export const HEARTBEAT_TIMEOUT_MS = 3_000;

export interface Rig extends TestStack {
  ledger: Ledger;
  database: Database;
  recorder: RecordingNode;
  /** Management API of the broker, with credentials. */
  managementUrl: string;
  /** Every message of state updates since the start, where the rig was asked to keep them. */
  updates: MessageCopy | undefined;
  /**
   * A task with a subscriber; judged in the end. `recorded` ones are the recording node's; `followed` ones have a second
   * subscriber, who connects again when it is cut off.
   */
  begin(
    task: CreateTask,
    options?: { recorded?: boolean; followed?: boolean },
  ): Promise<{ task_id: string; watch: ProgressWatch }>;
  /** Kills -9 one replica of a service, picked by `random`; resolves when it is dead. It is started again. */
  killOne(name: string, random: () => number): Promise<void>;
  /** Resolves when every process answers that it is ready. */
  waitUntilReady(timeoutMs?: number): Promise<void>;
  /** Updates that came to so an outcome in the updaters that run now. */
  countOutcome(outcome: 'applied' | 'duplicate' | 'stale' | 'rejected'): Promise<number>;
  /** Resolves with the checker's report when all tasks that were begun are settled. The next judgement is of later ones. */
  judge(timeoutMs?: number): Promise<Report>;
  /** What `judge` judges. With `mayBeOpen`, tasks that are not settled in time are in it as they are. */
  collect(options?: { timeoutMs?: number; mayBeOpen?: boolean }): Promise<Evidence>;
}

export const REPLICAS = {
  'task-api': 2,
  dispatcher: 2,
  'state-updater': 2,
  'heartbeat-monitor': 2,
  'retry-scheduler': 2,
  'progress-pusher': 2,
};

export async function startRig({
  ownEngines = false,
  nodes = 4,
  scanMs = 100,
  slowNodeMs,
  keepUpdates = false,
  serviceEnvironment = {},
}: Pick<TestStackOptions, 'serviceEnvironment'> & {
  ownEngines?: boolean;
  nodes?: number;
  scanMs?: number;
  /** How long a scan lasts on `node-1`, which takes 256 at once: when something happens to it, much is under way. */
  slowNodeMs?: number;
  /** Keeps a copy of all state updates, at the price of a second queue. */
  keepUpdates?: boolean;
} = {}): Promise<Rig> {
  const node = { SCANNER: 'noop', CAPACITY: '32', HEARTBEAT_INTERVAL_MS: '500' };
  const toNode = (_: unknown, i: number) => [
    `node-${i + 1}`,
    i === 0 && slowNodeMs !== undefined
      ? { ...node, SCAN_MS: String(slowNodeMs), CAPACITY: '256' }
      : { ...node, SCAN_MS: String(scanMs) },
  ];
  const system = await startTestStack({
    replicas: REPLICAS,
    nodes: Object.fromEntries(Array.from({ length: nodes }, toNode)),
    ownEngines,
    serviceEnvironment: {
      'heartbeat-monitor': { HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS), SWEEP_INTERVAL_MS: '250' },
      ...serviceEnvironment,
    },
    timing: { baseMs: 300, capMs: 1_000 },
  });
  const { api, stack } = system;
  const { rabbitmq_url, mongodb_uri } = stack.describe();
  const ledger = createLedger(join(system.dir, 'ledger.jsonl'));
  const database = await openDatabase(mongodb_uri);
  const letters = await createMessageCopy(rabbitmq_url, {
    queue: 'rig.dead-letters',
    exchange: EXCHANGES.deadLetters.name,
    routingKey: '#',
  });
  const { routingKey } = QUEUES.stateUpdates;
  const updates = keepUpdates
    ? await createMessageCopy(rabbitmq_url, { queue: 'rig.updates', exchange: EXCHANGES.state.name, routingKey })
    : undefined;
  const managementUrl = stack.engines?.rabbitmq_management_url ?? getEngineUrls().rabbitmq_management_url;
  const recorder = await createRecordingNode(rabbitmq_url, 'recorder', ledger);
  let begun: { task_id: string; watch: ProgressWatch; follower: Follower | undefined }[] = [];
  /** Entries of the ledger that earlier judgements were about. */
  let judgedEntries = 0;

  /** Waiting for an ack, in the queue or with an updater; the broker's figure is up to five seconds old. */
  async function countUnacked(): Promise<number> {
    const vhost = encodeURIComponent(decodeURIComponent(new URL(rabbitmq_url).pathname.slice(1)) || '/');
    const path = `/api/queues/${vhost}/${QUEUES.stateUpdates.name}`;
    const { messages = 1 } = (await callManagement(managementUrl, 'GET', path)) as { messages?: number };
    return messages;
  }

  async function collect({ timeoutMs = 40_000, mayBeOpen = false } = {}): Promise<Evidence> {
    const judged = begun;
    begun = [];
    const deadline = performance.now() + timeoutMs;
    for (const { task_id } of judged) {
      const settled = waitUntilSettled(api, task_id, mayBeOpen ? Math.max(0, deadline - performance.now()) : timeoutMs)
        // The sweep that calls it settled comes a moment later.
        .then(() =>
          eventually(async () => (await database.findTask(task_id)).settled, { timeoutMs: 20_000, intervalMs: 100 }),
        );
      await (mayBeOpen ? settled.catch(() => undefined) : settled);
    }
    const openConnections: string[] = [];
    for (const { task_id, watch, follower } of judged) {
      const { status } = await database.findTask(task_id);
      const isHeard = await watch
        .waitFor((update) => update.status === status, 10_000)
        .then(
          () => true,
          (error: Error) => !error.message.includes('was closed'),
        );
      if (isHeard) openConnections.push(task_id);
      for (const { update } of watch.frames) ledger.write({ kind: 'frame', connection: task_id, update });
      watch.close();
      const followed = await follower?.waitForStatus(status, 10_000);
      if (followed !== undefined) openConnections.push(followed);
      await follower?.stop();
    }
    const ids = new Set(judged.map(({ task_id }) => task_id));
    const isOfNow = (entry: LedgerEntry) => entry.kind !== 'frame' || ids.has(entry.update.task_id);
    const collectNow = async (): Promise<Evidence> => ({
      deadLetters: await letters.read(),
      tasks: await Promise.all(judged.map(({ task_id }) => database.dump(task_id))),
      ledger: ledger.read().slice(judgedEntries).filter(isOfNow),
      openConnections,
      unackedUpdates: await countUnacked(),
    });
    // What is with an updater still is not lost yet.
    const lostAt = performance.now() + 10_000;
    let evidence = await collectNow();
    while (check(evidence).lost > 0 && performance.now() < lostAt) evidence = await collectNow();
    judgedEntries = ledger.read().length;
    letters.forget();
    return evidence;
  }

  return {
    ...system,
    ledger,
    database,
    recorder,
    managementUrl,
    updates,
    async begin(task, { recorded = false, followed = false } = {}) {
      const config = { ...task.config, ...(recorded && { pool: RECORDED_POOL }) };
      const { task_id } = await api.createTask({ ...task, config });
      const watch = await api.watch(task_id);
      const urls = system.find('progress-pusher').map(({ health_url }) => {
        return health_url.replace(/^http/, 'ws').replace('/readyz', '');
      });
      const authorization = `Bearer ${stack.describe().api_key}`;
      const follower = followed ? createFollower(task_id, { urls, authorization, ledger }) : undefined;
      begun.push({ task_id, watch, follower });
      return { task_id, watch };
    },
    async killOne(name, random) {
      const alive = system.find(name).filter(({ identity }) => identity !== undefined);
      await alive[Math.floor(random() * alive.length)]?.kill();
    },
    waitUntilReady: (timeoutMs = 20_000) =>
      eventually(
        async () => {
          for (const { instance, health_url, identity } of stack.services) {
            if (!identity || (await fetch(health_url, { signal: AbortSignal.timeout(2_000) })).status !== 200) {
              throw new Error(`${instance} is not ready`);
            }
          }
        },
        { timeoutMs, intervalMs: 100 },
      ),
    async countOutcome(outcome) {
      let sum = 0;
      for (const { health_url } of system.find('state-updater')) {
        const text = await (await fetch(health_url.replace('/readyz', '/metrics'))).text();
        const line = text
          .split('\n')
          .find((one) => one.startsWith('cyberstroll_state_updates_total{') && one.includes(`outcome="${outcome}"`));
        sum += Number(line?.split(' ')[1] ?? 0);
      }
      return sum;
    },
    judge: async (timeoutMs = 40_000) => check(await collect({ timeoutMs })),
    collect,
    async stop() {
      for (const { watch, follower } of begun) {
        watch.close();
        await follower?.stop();
      }
      await recorder.stop();
      await database.close();
      await system.stop();
    },
  };
}
