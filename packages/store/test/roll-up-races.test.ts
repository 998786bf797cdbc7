import { rollUpTask } from '../src/tasks/roll-up';
import { createTaskWriter } from '../src/tasks/write-tasks';
import { withBetween } from './between';
import { claimOf, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const complete = (taskId: string, indexes: readonly number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED')));

/** Rolls up; between its first read and its first write, `between` is done by another. */
async function rollUpAround(taskId: string, between: () => Promise<unknown>) {
  const { db, sessions } = await fixture.openParts('slow');
  let isFirst = true;
  const once = async () => {
    if (!isFirst) return;
    isFirst = false;
    await between();
  };
  const slow = withBetween(withBetween(db, 'taskProgress', 'updateMany', once), 'tasks', 'bulkWrite', once);
  return rollUpTask(
    { db: slow, writer: createTaskWriter(slow, sessions), getFleetPace: async () => undefined },
    taskId,
  );
}

it('leaves a task as it is that an operator has ended between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.2');
  await complete(taskId, [0]);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await complete(taskId, [1]);
  const { transitions } = await rollUpAround(taskId, () =>
    fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test'),
  );
  expect(transitions).toEqual([]);
  const { status, status_history } = await fixture.store.tasks.getTask(taskId);
  expect([status, status_history.at(-1)!.status]).toEqual(['CANCELLED', 'CANCELLED']);
});

it('takes a task to its end from where an operator has put it between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.2');
  await complete(taskId, [0]);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await complete(taskId, [1]);
  await rollUpAround(taskId, () => fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test'));
  const { status_history } = await fixture.store.tasks.getTask(taskId);
  expect(status_history.map(({ status }) => status).slice(-3)).toEqual(['PAUSED', 'RUNNING', 'COMPLETED']);
});

it('writes a task’s end once where another has rolled it up between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.2');
  await complete(taskId, [0, 1]);
  const { transitions } = await rollUpAround(taskId, () => fixture.store.tasks.calculateTaskProgress(taskId));
  expect(transitions).toEqual([]);
  const { status_history } = await fixture.store.tasks.getTask(taskId);
  expect(status_history.map(({ status }) => status).slice(-2)).toEqual(['RUNNING', 'COMPLETED']);
  expect(status_history.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
});

it('never writes older progress over newer', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
  await complete(taskId, [0]);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await complete(taskId, [1]);
  await rollUpAround(taskId, async () => {
    await complete(taskId, [2]);
    await fixture.store.tasks.calculateTaskProgress(taskId);
  });
  const { progress } = await fixture.store.tasks.getTask(taskId);
  expect(progress.completed_count).toBe(3);
});

it('does not end a task if a subtask was retried between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.2', { max_retries: 0 });
  const error_info = { error_code: 'INTERNAL_ERROR', error_message: 'it broke' };
  await complete(taskId, [0]);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 1), 'FAILED', { error_info })]);
  const { transitions, snapshot } = await rollUpAround(taskId, () =>
    fixture.store.taskStates.retrySubTask(`${taskId}-1`),
  );
  expect([transitions, snapshot.status, snapshot.progress.retry_count]).toEqual([[], 'RUNNING', 1]);
  expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({ status: 'RUNNING', progress: { retry_count: 1 } });
});
