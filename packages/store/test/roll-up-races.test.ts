import { rollUpTask } from '../src/tasks/roll-up';
import { createTaskCommands } from '../src/tasks/task-commands';
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

it('shows what a batch has claimed between the read of a command and the end that it writes', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const claim = (index: number) =>
    fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, index), 'ASSIGNED')]);
  // The counters are open then: counting in them changes nothing of the task.
  await claim(1);
  const { db, sessions } = await fixture.openParts('slow');
  const commands = createTaskCommands({
    db,
    sessions,
    writer: createTaskWriter(db, sessions),
    // After the read, and before the write.
    async getFleetPace() {
      await claim(0);
      return undefined;
    },
  });
  const { snapshot } = await commands.updateTaskStatus(taskId, 'CANCELLED', 'test');
  expect(snapshot.progress).toMatchObject({ pending_count: 0, assigned_count: 2, cancelled_count: 2 });
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

const error_info = { error_code: 'INTERNAL_ERROR', error_message: 'it broke' };
const fail = (taskId: string, indexes: readonly number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(
    indexes.map((index) => report(claimOf(taskId, index), 'FAILED', { error_info })),
  );
const rollUp = async (taskId: string) => (await fixture.store.tasks.calculateTaskProgress(taskId)).snapshot.status;

it('does not end a task if a retry was ordered between the read and the write, whatever arrives before it', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/30', { max_retries: 0 });
  const { tasks, taskStates } = fixture.store;
  await complete(taskId, [2]);
  await fail(taskId, [0, 1, 3]);
  const { transitions, snapshot } = await rollUpAround(taskId, () =>
    Promise.all(['ada', 'bob'].map((operator) => tasks.reopenTask(taskId, 'again', operator))),
  );
  expect([transitions.map(({ status }) => status), snapshot.status]).toEqual([['RUNNING'], 'RUNNING']);
  await taskStates.retrySubTask(`${taskId}-0`, 'ada');
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0, 2), 'COMPLETED')]);
  expect(await rollUp(taskId)).toBe('RUNNING');
  await taskStates.retrySubTask(`${taskId}-1`, 'bob');
  expect(await rollUp(taskId)).toBe('RUNNING');
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 1, 2), 'COMPLETED')]);
  expect(await rollUp(taskId)).toBe('COMPLETED');
});

it('waits for the time alone where a hold counts no retries, as when a retry of all meets that of one', async () => {
  const { tasks } = fixture.store;
  const { db } = await fixture.openParts('hold');
  const taskId = await queuedTask(fixture.store, '127.0.0.0/31', { max_retries: 0 });
  await fail(taskId, [0, 1]);
  const setHold = (until: Date) => db.tasks.updateOne({ task_id: taskId }, { $set: { end_hold: { until } } });
  await setHold(new Date(Date.now() + 3_600_000));
  expect(await rollUp(taskId)).toBe('RUNNING');
  await setHold(new Date(0));
  expect(await rollUp(taskId)).toBe('FAILED');
  expect((await tasks.reopenTask(taskId, 'again', 'ada')).task.end_hold).toMatchObject({ retries: 1 });
  await tasks.reopenTask(taskId, 'again', 'ada', { all: true });
  expect((await tasks.getTask(taskId)).end_hold).not.toHaveProperty('retries');
});
