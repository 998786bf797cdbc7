import { randomUUID } from 'node:crypto';
import { QUEUES, type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { createGroup, createLogger, loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  callManagement,
  createQueuedTask,
  createTcpProxy,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  sendUpdates,
  type TcpProxy,
  type Testbed,
  toVariables,
  upTo,
} from '@cyberstroll/testkit';
import { configShape as updaterShape } from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';
import { configShape as apiShape } from '../../services/task-api/src/config';
import { createTaskApiService } from '../../services/task-api/src/service';
import { createSeededRandom, shuffle } from './rig/seeded-random';

/** Services in process, on a MongoDB that can be made slow or lose what it says. */
const logger = createLogger({ service: 'faults', instance: 'faults', level: 'silent' });
const PREFETCH = 32;
const SLOW_MS = 500;
const LOSSES = 10;
const API_KEY = 'faults-0123456789abcdef';

let testbed: Testbed;
let proxy: TcpProxy;
let store: Store;
let broker: Broker;
let publisher: Publisher;
let engines: { start(): Promise<void>; stop(): Promise<void> };
let services: Service[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.mongodb_uri);
  store = createTestStore(testbed, 'faults');
  broker = createTestBroker(testbed, 'faults');
  publisher = broker.createPublisher();
  engines = createGroup('faults', [store, broker, publisher]);
  await engines.start();
});
afterEach(async () => {
  proxy.delayReplies(0);
  await Promise.all(services.map((service) => service.stop()));
  services = [];
});
afterAll(async () => {
  await engines?.stop();
  await proxy?.close();
  await testbed?.cleanup();
});

const toEnvironment = (instance: string, mongodb_uri: string) => ({
  ...toVariables({ ...testbed, mongodb_uri }),
  INSTANCE_ID: instance,
});

async function startUpdaters(
  count: number,
  mongodb_uri: string,
  rest: Record<string, string> = {},
): Promise<Service[]> {
  const updaters = upTo(count).map((i) => {
    const env = { ...toEnvironment(`updater-${i + 1}`, mongodb_uri), PREFETCH: String(PREFETCH), ...rest };
    return createStateUpdaterService(loadConfig(updaterShape, env), logger);
  });
  services.push(...updaters);
  await Promise.all(updaters.map((updater) => updater.start()));
  return updaters;
}

const toLeases = (count: number) => upTo(count).map(() => randomUUID());

const createTask = (target: string) => createQueuedTask(store, target);

/** Envelopes of ten, for a subtask of each lease: of each subtask, one envelope for each status. */
function toEnvelopes(
  taskId: string,
  leases: readonly string[],
  statuses: readonly SubTaskUpdate['status'][],
): SubTaskUpdate[][] {
  return statuses.flatMap((status) =>
    upTo(leases.length / 10).map((tens) =>
      upTo(10).map((ones): SubTaskUpdate => {
        const index = tens * 10 + ones;
        const subtask_id = toSubTaskId(taskId, index);
        return { task_id: taskId, subtask_id, attempt: 1, lease_id: leases[index]!, status };
      }),
    ),
  );
}

/** Resolves when the broker has confirmed all. */
const send = (envelopes: readonly SubTaskUpdate[][]) =>
  Promise.all(envelopes.map((updates) => sendUpdates(publisher, updates)));

/** The sum of a metric's series that bear all these labels. */
async function sumMetric(updaters: readonly Service[], name: string, ...labels: string[]): Promise<number> {
  const texts = await Promise.all(
    updaters.map(async (updater) => (await fetch(`http://127.0.0.1:${updater.port()}/metrics`)).text()),
  );
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
const countOutcome = (updaters: readonly Service[], outcome: string) =>
  sumMetric(updaters, 'cyberstroll_state_updates_total', `outcome="${outcome}"`);

async function expectCompleted(taskId: string, total: number): Promise<void> {
  await eventually(async () => expect((await store.tasks.getTask(taskId)).status).toBe('COMPLETED'), {
    timeoutMs: 300_000,
  });
  expect((await store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    total_targets: total,
    completed_count: total,
  });
  const found = await store.audit.auditTask(taskId, { maxSubTasks: 10_000, now: new Date() });
  expect(found!.findings.map(({ finding }) => finding)).not.toContain('counter_drift');
}

const OUTCOMES = ['applied', 'duplicate', 'stale', 'rejected'] as const;

it('F3: replies to commits are lost over and over: each update is applied once, and none comes again', async () => {
  const updaters = await startUpdaters(2, proxy.url);
  const taskId = await createTask('127.0.0.0-127.0.1.253');
  const leases = upTo(510).map(() => randomUUID());
  let applied = 0;
  for (const status of ['SCANNING', 'COMPLETED'] as const) {
    const envelopes = toEnvelopes(taskId, leases, [status]);
    for (const [i, envelope] of envelopes.entries()) {
      const loss = i < LOSSES ? proxy.loseReply('commitTransaction') : undefined;
      await send([envelope]);
      await loss;
    }
    // Before the next status: an end that overtook its claim in the other updater would make a duplicate of it.
    applied += 510;
    await eventually(
      async () => {
        const read = OUTCOMES.map(async (outcome) => [outcome, await countOutcome(updaters, outcome)]);
        expect(Object.fromEntries(await Promise.all(read))).toEqual({ applied, duplicate: 0, stale: 0, rejected: 0 });
      },
      { timeoutMs: 180_000 },
    );
  }
  await expectCompleted(taskId, 510);
}, 600_000);

it('F19: MongoDB takes 500 ms for each thing: batches grow, a transaction has few commands, the API answers or says 503', async () => {
  const updaters = await startUpdaters(2, proxy.url);
  const env = { ...toEnvironment('task-api-1', proxy.url), API_KEYS: `me:admin:${API_KEY}` };
  const api = createTaskApiService(loadConfig(apiShape, env), logger);
  services.push(api);
  await api.start();
  const taskId = await createTask('127.1.0.0-127.1.3.231');
  proxy.delayReplies(SLOW_MS);
  const transactions = proxy.countRequests('startTransaction');
  const commands = proxy.countRequests('autocommit');
  await send(toEnvelopes(taskId, toLeases(1_000), ['COMPLETED']));

  const unacked: number[] = [];
  const answers: number[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      const queue = encodeURIComponent(QUEUES.stateUpdates.name);
      const path = `/api/queues/${testbed.vhost}/${queue}`;
      const read = (await callManagement(testbed.rabbitmq_management_url, 'GET', path)) as Record<string, number>;
      unacked.push(read['messages_unacknowledged'] ?? 0);
      const answer = await fetch(`http://127.0.0.1:${api.port()}/api/tasks/${taskId}`, {
        headers: { authorization: `Bearer ${API_KEY}` },
      });
      answers.push(answer.status);
    }
  })();
  await expectCompleted(taskId, 1_000);
  watching.abort();
  await watch;

  expect(Math.max(...unacked)).toBeLessThanOrEqual(2 * PREFETCH);
  expect(Math.max(...unacked)).toBeGreaterThan(0);
  expect(new Set(answers).size).toBeGreaterThan(0);
  for (const status of answers) expect([200, 503]).toContain(status);
  const batches = await sumMetric(updaters, 'cyberstroll_state_batch_updates_count');
  expect(await countOutcome(updaters, 'applied')).toBe(1_000);
  // Two transactions at once share what waits.
  expect(1_000 / batches).toBeGreaterThan(20);
  // Each command is half a second for which it holds what it has written.
  expect(commands.count / transactions.count).toBeLessThan(10);
  expect(await sumMetric(updaters, 'cyberstroll_state_batch_seconds_sum')).toBeGreaterThan(batches);
}, 600_000);

it('F20: four updaters on one task, three end in turn: exact counters, and few transactions retried', async () => {
  const updaters = await startUpdaters(4, testbed.mongodb_uri, { BATCH_ENVELOPES: '8' });
  const seed = Number(process.env['FAULT_SEED'] ?? 1);
  console.info(`FAULT_SEED=${seed}`);
  const torn = await createTask('127.2.0.0-127.2.3.231');
  const statuses = ['ASSIGNED', 'SCANNING', 'COMPLETED'] as const;
  const envelopes = shuffle(toEnvelopes(torn, toLeases(1_000), statuses), createSeededRandom(seed));
  const quarter = envelopes.length / 4;
  for (const place of upTo(4)) {
    const sent = send(envelopes.slice(place * quarter, (place + 1) * quarter));
    // RabbitMQ gives all messages to one of them, and to the next one when that is gone.
    const active = await eventually(async () => {
      for (const each of updaters)
        if ((await sumMetric([each], 'cyberstroll_state_batch_updates_count')) > 0) return each;
      return null;
    });
    await sent;
    if (place === 3) break;
    updaters.splice(updaters.indexOf(active), 1);
    await active.stop();
  }
  await expectCompleted(torn, 1_000);
  // Only while the queue changes hands do two of them write the same.
  const batches = await sumMetric(updaters, 'cyberstroll_state_batch_updates_count');
  const retries = await sumMetric(updaters, 'cyberstroll_state_batch_retries_total');
  expect(retries).toBeLessThanOrEqual(0.25 * batches);
}, 600_000);
