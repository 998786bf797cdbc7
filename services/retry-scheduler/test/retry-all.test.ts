import { createAmqpProxy, eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import { createRetryAll } from '../src/sweeps/retry-all';
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
  await fixture.store.tasks.calculateTaskProgress(taskId);
  expect((await fixture.store.tasks.getTask(taskId)).status).toBe('FAILED');
  return taskId;
}
const countAttempts = async (taskId: string) => {
  const { items } = await fixture.store.subTasks.findPage(taskId, { limit: 100 });
  return items.filter(({ attempt }) => attempt === 2).length;
};
const isMarked = async () => (await fixture.store.tasks.findRetryAll(10)).length > 0;
/** A pass that does something: while updates wait to be applied, passes do nothing. */
const pass = (sweep: ReturnType<typeof createRetryAll>) =>
  eventually(async () => {
    const counts = await sweep(new Date());
    expect(counts).not.toEqual({ retries: 0, done: 0 });
    return counts;
  });

describe('retry-all', () => {
  it('retries every subtask that had failed by then, a page per pass, under the operator who asked, and the task does not end meanwhile', async () => {
    const taskId = await createFailedTask();
    const { tasks } = fixture.store;
    await tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    const retryAllOnce = createRetryAll({ ...fixture.deps, pageSize: 5 });
    for (const retries of [5, 5, 2]) {
      expect(await pass(retryAllOnce)).toEqual({ retries, done: 0 });
      await fixture.store.tasks.calculateTaskProgress(taskId);
      expect((await tasks.getTask(taskId)).status).toBe('RUNNING');
    }
    await eventually(async () => expect(await countAttempts(taskId)).toBe(FAILED));
    expect((await fixture.store.subTasks.getSubTask(`${taskId}-0`)).status_history.at(-1)).toMatchObject({
      status: 'RETRYING',
      operator: 'alice',
    });
    expect(await isMarked()).toBe(true);
    expect(await pass(retryAllOnce)).toEqual({ retries: 0, done: 1 });
    expect(await isMarked()).toBe(false);
  });

  it('does not retry a subtask that fails again, and continues after a crash', async () => {
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    expect(await pass(createRetryAll({ ...fixture.deps, pageSize: 5 }))).toMatchObject({ retries: 5 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(5));
    await fixture.report(taskId, [0, 1, 2, 3], { ...FAILURE, attempt: 2, lease_id: 'second' });
    expect(await fixture.statusOf(taskId, 0)).toBe('FAILED');

    const next = createRetryAll(fixture.deps);
    expect(await pass(next)).toEqual({ retries: FAILED - 5, done: 0 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(FAILED));
    expect(await pass(next)).toEqual({ retries: 0, done: 1 });
    expect(await fixture.statusOf(taskId, 0)).toBe('FAILED');
    // Four failed for good, and the error threshold is three: now the task ends.
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('FAILED');
  });

  it('sends nothing while RabbitMQ does not know how many updates wait, and everything when it does', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = await fixture.openBroker(proxy.url);
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    const retryAllOnce = createRetryAll({ ...fixture.deps, broker });
    proxy.hideDepths();
    for (let i = 0; i < 3; i++) expect(await retryAllOnce(new Date())).toEqual({ retries: 0, done: 0 });
    proxy.showDepths();
    expect(await pass(retryAllOnce)).toEqual({ retries: FAILED, done: 0 });
    await proxy.close();
  });

  it('retries of a selection only what matches, page by page, and leaves the rest failed', async () => {
    const taskId = await createFailedTask();
    const { tasks, subTasks } = fixture.store;
    const { items } = await subTasks.findPage(taskId, { limit: 100 });
    const chosen = items.filter(({ index }) => [0, 4, 5, 11, 15].includes(index));
    const selection = { target: chosen.map(({ ip }) => ip).join(), status: ['FAILED' as const] };
    await tasks.reopenTask(taskId, 'again', 'alice', { all: true, selection });
    await expect(
      tasks.reopenTask(taskId, 'more', 'bob', { all: true, selection: { error_code: 'NODE_LOST' } }),
    ).rejects.toMatchObject({ code: 'retry_pending' });
    // The process dies after the first page.
    expect(await pass(createRetryAll({ ...fixture.deps, pageSize: 3 }))).toEqual({ retries: 3, done: 0 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(3));
    const retryAllOnce = createRetryAll({ ...fixture.deps, pageSize: 3 });
    expect(await pass(retryAllOnce)).toEqual({ retries: 1, done: 0 });
    await eventually(async () => expect(await countAttempts(taskId)).toBe(4));
    expect(await pass(retryAllOnce)).toEqual({ retries: 0, done: 1 });
    const { items: failed } = await subTasks.findPage(taskId, { limit: 100, status: ['FAILED'] });
    expect(failed.map(({ index }) => index)).toEqual([1, 2, 3, 6, 7, 8, 9, 10]);
    // What was not selected failed before, so it does not end the task again.
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect((await tasks.getTask(taskId)).status).toBe('RUNNING');
  });

  it('ends with the task', async () => {
    const taskId = await createFailedTask();
    await fixture.store.tasks.reopenTask(taskId, 'again', 'alice', { all: true });
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    expect(await isMarked()).toBe(false);
    expect(await createRetryAll(fixture.deps)(new Date())).toBeUndefined();
  });
});
