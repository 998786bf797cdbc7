import { createTaskBodySchema, EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { createLogger, loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { parseTargets } from '@cyberstroll/targets';
import {
  createTcpProxy,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  sendOut,
  type TcpProxy,
  type Testbed,
  toNewTask,
} from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createStateUpdaterService } from '../src/service';

let testbed: Testbed;
let proxy: TcpProxy;
let store: Store;
let broker: Broker;
let publisher: Publisher;
let service: Service;
const logged: string[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.mongodb_uri);
  store = createTestStore(testbed);
  broker = createTestBroker(testbed);
  publisher = broker.createPublisher();
  const logger = createLogger({ service: 'state-updater', instance: 'test', level: 'silent' });
  logger.warn = ((_: unknown, message: string) => void logged.push(message)) as typeof logger.warn;
  service = createStateUpdaterService(
    loadConfig(configShape, {
      ...{ RABBITMQ_URL: testbed.rabbitmq_url, MONGODB_URI: proxy.url },
      ...{ REDIS_URL: testbed.redis_url, REDIS_PREFIX: testbed.redis_prefix, TRANSACTION_UPDATES: '2' },
    }),
    logger,
  );
  await Promise.all([store.start(), broker.start(), publisher.start(), service.start()]);
});
afterAll(async () => {
  await service?.stop();
  await publisher?.stop();
  await Promise.all([broker?.stop(), store?.stop()]);
  await proxy?.close();
  await testbed?.cleanup();
});

async function queuedTask(): Promise<string> {
  const target = '127.0.0.0/29';
  const body = createTaskBodySchema.parse({ task_target: target, task_initiator: 'tester', scan: { ports: '80' } });
  const { task } = await store.taskStates.createTask({ ...body, targets: parseTargets(target) });
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test');
  await sendOut(store, task.task_id);
  return task.task_id;
}

const updateOf = (taskId: string, index: number, rest: object) => ({
  ...{ task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, lease_id: `lease-${index}` },
  ...rest,
});

const send = (updates: unknown[]) =>
  publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, {
    ...{ node_id: 'node-1', instance_id: 'i', sent_time: new Date().toISOString() },
    updates,
  });

const sendAsService = (updates: unknown[]) =>
  publisher.publish(EXCHANGES.serviceUpdates.name, QUEUES.stateUpdates.routingKey, {
    ...{ operator: 'heartbeat-monitor', sent_time: new Date().toISOString() },
    updates,
  });

/** What a counter has counted, by the one label that it has; what is 0 is left out. */
async function readCounts(name: string, label: string): Promise<Record<string, number>> {
  const { values } = await service.metrics.getSingleMetric(`cyberstroll_${name}`)!.get();
  return Object.fromEntries(values.filter(({ value }) => value > 0).map(({ labels, value }) => [labels[label], value]));
}

const countTransactions = async () => {
  const { values } = await service.metrics.getSingleMetric('cyberstroll_state_batch_updates')!.get();
  return values.find((value) => (value as { metricName?: string }).metricName?.endsWith('_count'))?.value;
};

it('counts each update and each transaction once, where an outage begins between two transactions of a batch', async () => {
  const taskId = await queuedTask();
  const lost = proxy.loseRequest(`${taskId}-2`).then(() => proxy.cut());
  await send(
    [0, 1, 2]
      .map((index) => updateOf(taskId, index, { status: index < 2 ? 'COMPLETED' : 'SCANNING' }))
      .concat([updateOf(taskId, 3, { status: 'FINISHED' })]),
  );
  await lost;
  await eventually(() => expect(logged).toContain('intake paused'), { timeoutMs: 20_000 });
  proxy.restore();
  await eventually(
    async () => expect(await readCounts('state_updates_total', 'outcome')).toEqual({ applied: 3, rejected: 1 }),
    { timeoutMs: 20_000 },
  );
  expect(await countTransactions()).toBe(2);
});

it('counts what a service takes from a node when it is applied, however often it was sent, and nothing that a node says of it', async () => {
  const taskId = await queuedTask();
  await send([updateOf(taskId, 0, { status: 'SCANNING' })]);
  const lost = updateOf(taskId, 0, {
    ...{ status: 'FAILED', reassigned: 'silent' },
    error_info: { error_code: 'NODE_LOST', error_message: 'silent' },
  });
  for (let times = 0; times < 3; times++) await sendAsService([lost]);
  await send([updateOf(taskId, 1, { status: 'COMPLETED', reassigned: 'overdue' })]);
  await eventually(async () =>
    expect(await store.taskStates.getTaskProgress(taskId)).toMatchObject({ retry_count: 1, completed_count: 1 }),
  );
  await eventually(async () => expect(await readCounts('subtasks_reassigned_total', 'cause')).toEqual({ silent: 1 }));
  const { subtasks_reassigned_total } = await store.taskStates.getTaskStatistics(taskId);
  expect(subtasks_reassigned_total).toMatchObject({ silent: 1, overdue: 0 });
});

it('counts updates whose times cannot be, and refuses those of what was never sent out', async () => {
  const taskId = await queuedTask();
  const { task } = await store.taskStates.createTask(toNewTask());
  await send([
    updateOf(taskId, 0, { status: 'COMPLETED', assigned_time: '1999-01-01T00:00:00Z' }),
    updateOf(taskId, 1, { status: 'COMPLETED', completed_time: new Date().toISOString() }),
    updateOf(task.task_id, 0, { status: 'COMPLETED' }),
  ]);
  await eventually(async () => expect(await readImplausible()).toBe(1));
  expect(await store.taskStates.getTaskProgress(task.task_id)).toMatchObject({ completed_count: 0 });
});

async function readImplausible(): Promise<number | undefined> {
  const { values } = await service.metrics.getSingleMetric('cyberstroll_implausible_times_total')!.get();
  return values[0]?.value;
}
