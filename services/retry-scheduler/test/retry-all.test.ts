import { createAmqpProxy, eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import { createRetryAll } from '../src/sweeps/retry-all';
import { rollUpOnce } from '../src/sweeps/roll-up-once';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const FAILED = 12;

/** Of sixteen, twelve have failed; three may. */
async function createFailedTask(): Promise<string> {
  const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 0, error_threshold: 3 });
  await fixture.report(taskId, upTo(FAILED), FAILURE);
  await rollUpOnce(fixture.deps);
  expect((await fixture.store.tasks.getTask(taskId)).status).toBe('FAILED');
  return taskId;
}
const countAttempts = async (taskId: string) => {
  const { items } = await fixture.store.subTasks.findPage(taskId, { limit: 100 });
  return items.filter(({ attempt }) => attempt === 2).length;
};
const isMarked = async () => (await fixture.store.tasks.findRetryAll(10)).length > 0;

describe('retry-all', () => {
  it('retries every subtask that had failed by then, a page per pass, under the operator who asked, and the task does not end meanwhile', async () => {
    const taskId = await createFailedTask();
    const { tasks } = fixture.store;
    await tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    const retryAllOnce = createRetryAll({ ...fixture.deps, pageSize: 5 });
    for (const retries of [5, 5, 2]) {
      expect(await retryAllOnce()).toEqual({ retries, done: 0 });
      await rollUpOnce(fixture.deps);
      expect((await tasks.getTask(taskId)).status).toBe('RUNNING');
    }
    await eventually(async () => expect(await countAttempts(taskId)).toBe(FAILED));
    expect((await fixture.store.subTasks.getSubTask(`${taskId}-0`)).status_history.at(-1)).toMatchObject({
      status: 'RETRYING',
      operator: 'alice',
    });
    expect(await isMarked()).toBe(true);
    expect(await retryAllOnce()).toEqual({ retries: 0, done: 1 });
    expect(await isMarked()).toBe(false);
  });

  it('does not retry a subtask that fails again, and continues after a crash', async () => {
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    expect(await createRetryAll({ ...fixture.deps, pageSize: 5 })()).toMatchObject({ retries: 5 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(5));
    await fixture.report(taskId, [0, 1, 2, 3], { ...FAILURE, attempt: 2, lease_id: 'second' });
    expect(await fixture.statusOf(taskId, 0)).toBe('FAILED');

    const next = createRetryAll(fixture.deps);
    expect(await next()).toEqual({ retries: FAILED - 5, done: 0 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(FAILED));
    expect(await next()).toEqual({ retries: 0, done: 1 });
    expect(await fixture.statusOf(taskId, 0)).toBe('FAILED');
    // Four failed for good, and the error threshold is three: now the task ends.
    await rollUpOnce(fixture.deps);
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('FAILED');
  });

  it('sends nothing while RabbitMQ does not know how many updates wait, and everything when it does', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = await fixture.openBroker(proxy.url);
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    const retryAllOnce = createRetryAll({ ...fixture.deps, broker });
    proxy.hideDepths();
    for (let pass = 0; pass < 3; pass++) expect(await retryAllOnce()).toEqual({ retries: 0, done: 0 });
    proxy.showDepths();
    expect(await retryAllOnce()).toEqual({ retries: FAILED, done: 0 });
    await proxy.close();
  });

  it('ends with the task', async () => {
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    await fixture.store.taskStates.updateTaskStatus(taskId, 'CANCELLED', 'test');
    expect(await isMarked()).toBe(false);
    expect(await createRetryAll(fixture.deps)()).toEqual({ retries: 0, done: 0 });
  });
});
