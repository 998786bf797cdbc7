import { EXCHANGES } from '@cyberstroll/contracts';
import { createLogger } from '@cyberstroll/runtime';
import { eventually, toNewTask, toUpdate } from '@cyberstroll/testkit';
import { type Fixture, setup, toCompleted } from './setup';

let fixture: Fixture;
const warned: string[] = [];

beforeAll(async () => {
  const logger = createLogger({ service: 'state-updater', instance: 'test', level: 'silent' });
  logger.warn = ((_: unknown, message: string) => void warned.push(message)) as typeof logger.warn;
  fixture = await setup({ variables: { TRANSACTION_UPDATES: '2' }, logger });
});
afterAll(() => fixture?.cleanup());

const TARGET = '127.0.0.0/29';
const getMetric = (name: string) => fixture.updaters[0]!.metrics.getSingleMetric(`cyberstroll_${name}`)!.get();

const countTransactions = async () => {
  const { values } = await getMetric('state_batch_updates');
  return values.find((value) => (value as { metricName?: string }).metricName?.endsWith('_count'))?.value;
};

it('counts each update and each transaction once, where an outage begins between two transactions of a batch', async () => {
  const taskId = await fixture.createTask(TARGET);
  const lost = fixture.proxy.loseRequest(`${taskId}-2`).then(() => fixture.proxy.cut());
  await fixture.send([
    toCompleted(taskId, 0),
    toCompleted(taskId, 1),
    toUpdate(taskId, 2),
    { ...toUpdate(taskId, 3), status: 'FINISHED' },
  ]);
  await lost;
  await eventually(() => expect(warned).toContain('intake paused'));
  fixture.proxy.restore();
  await eventually(async () =>
    expect(await fixture.readCounts('state_updates_total', 'outcome')).toEqual({ applied: 3, rejected: 1 }),
  );
  expect(await countTransactions()).toBe(2);
});

it('counts a reassignment by a service once, however often it was sent, and none that a node reports', async () => {
  const taskId = await fixture.createTask(TARGET);
  await fixture.send([toUpdate(taskId, 0)]);
  const lost = toUpdate(taskId, 0, {
    status: 'FAILED',
    reassigned: 'silent',
    error_info: { error_code: 'NODE_LOST', error_message: 'silent' },
  });
  const monitor = { operator: 'heartbeat-monitor' };
  for (let times = 0; times < 3; times++) await fixture.send([lost], monitor, EXCHANGES.serviceUpdates.name);
  await fixture.send([toCompleted(taskId, 1, { reassigned: 'overdue' })]);
  await eventually(async () =>
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      retry_count: 1,
      completed_count: 1,
    }),
  );
  await eventually(async () =>
    expect(await fixture.readCounts('subtasks_reassigned_total', 'cause')).toEqual({ silent: 1 }),
  );
  const { subtasks_reassigned_total } = await fixture.store.statistics.getTaskStatistics(taskId);
  expect(subtasks_reassigned_total).toMatchObject({ silent: 1, overdue: 0 });
});

it('counts updates with implausible times, and refuses those of subtasks that were never sent out', async () => {
  const taskId = await fixture.createTask(TARGET);
  const { task } = await fixture.store.tasks.createTask(toNewTask());
  await fixture.send([
    toCompleted(taskId, 0, { assigned_time: '1999-01-01T00:00:00Z' }),
    toCompleted(taskId, 1, { completed_time: new Date().toISOString() }),
    toCompleted(task.task_id, 0),
  ]);
  await eventually(async () => expect(await readImplausible()).toBe(1));
  expect((await fixture.store.tasks.getStanding(task.task_id)).snapshot.progress).toMatchObject({ completed_count: 0 });
});

async function readImplausible(): Promise<number | undefined> {
  const { values } = await getMetric('implausible_times_total');
  return values[0]?.value;
}
