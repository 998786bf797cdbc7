import { taskSchema } from '@cyberstroll/contracts';
import type { IncomingUpdate } from '@cyberstroll/task-state';
import { toHeartbeat } from '@cyberstroll/testkit';
import { createSentTimes } from '../src/subtasks/sent-times';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const apply = (...updates: IncomingUpdate[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);
const getTask = (taskId: string) => fixture.store.tasks.getTask(taskId);
const getSubTask = (taskId: string, index: number) => fixture.store.subTasks.getSubTask(`${taskId}-${index}`);

/** When the test began: a moment before its task was made. */
let NOW: number;
beforeEach(() => {
  NOW = Date.now();
});
const ago = (seconds: number) => new Date(NOW - seconds * 1_000);
const scan = (from: number, to: number) => ({
  assigned_time: ago(from).toISOString(),
  started_time: ago(from).toISOString(),
  completed_time: ago(to).toISOString(),
});

it('a task has the times of its scans, however late and by whichever updaters they are counted', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const other = await fixture.openStore('updater-2');
  await other.subTasks.batchUpdateSubTasks([
    report(claimOf(taskId, 0), 'COMPLETED', scan(8, 4)),
    report(claimOf(taskId, 1), 'COMPLETED', scan(7, 3.5)),
  ]);
  await apply(report(claimOf(taskId, 2), 'COMPLETED', scan(9, 5)), report(claimOf(taskId, 3), 'COMPLETED', scan(6, 5)));
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const task = await getTask(taskId);
  expect(task).toMatchObject({
    status: 'COMPLETED',
    started_time: ago(9),
    completed_time: ago(3.5),
    actual_duration: 5.5,
  });
  // The history says when the task was taken on.
  expect(task.status_history.at(-1)!.timestamp.getTime()).toBeGreaterThanOrEqual(NOW);
  expect(() => taskSchema.strict().parse(task)).not.toThrow();
  for (const index of [0, 1, 2, 3]) {
    const { created_time, assigned_time } = await getSubTask(taskId, index);
    expect(created_time <= assigned_time! && created_time <= ago(10)).toBe(true);
  }
});

it('a scan that is reported later began the task earlier; an operator’s retry keeps the start and gets a new end', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1, 127.0.0.2', { max_retries: 0 });
  await apply(report(claimOf(taskId, 0), 'FAILED', { ...scan(8, 7), ...failure('INTERNAL_ERROR') }));
  await fixture.store.tasks.calculateTaskProgress(taskId);
  expect(await getTask(taskId)).toMatchObject({ status: 'RUNNING', started_time: ago(8) });
  await apply(report(claimOf(taskId, 1), 'FAILED', { ...scan(20, 6), ...failure('INTERNAL_ERROR') }));
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const failed = { status: 'FAILED', started_time: ago(20), completed_time: ago(6), actual_duration: 14 };
  expect(await getTask(taskId)).toMatchObject(failed);

  await fixture.store.tasks.reopenTask(taskId, 'again', 'alice');
  expect(await getTask(taskId)).not.toHaveProperty('actual_duration');
  for (const index of [0, 1]) {
    await fixture.store.taskStates.retrySubTask(`${taskId}-${index}`, 'alice');
    await apply(report(claimOf(taskId, index, 2), 'COMPLETED'));
  }
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const task = await getTask(taskId);
  expect(task).toMatchObject({ status: 'COMPLETED', started_time: ago(20) });
  expect(task.completed_time!.getTime()).toBeGreaterThan(NOW);
});

it('a task that ends without a scan ends when it does', async () => {
  const cancelled = await queuedTask(fixture.store, '127.0.0.1');
  const before = new Date();
  await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
  const task = await getTask(cancelled);
  expect(task.completed_time!.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(task).not.toHaveProperty('started_time');
  expect(task).not.toHaveProperty('actual_duration');
  const refused = await queuedTask(fixture.store, '127.0.0.1');
  await apply(report(claimOf(refused, 0), 'FAILED', failure('OUT_OF_SCOPE')));
  await fixture.store.tasks.calculateTaskProgress(refused);
  const { started_time, completed_time, status } = await getTask(refused);
  expect([status, started_time, completed_time! >= before]).toEqual(['FAILED', undefined, true]);
});

it('cuts times that cannot be, counts them, and keeps them out of every average', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const nonsense = (year: number) => {
    const time = `${year}-01-01T00:00:00Z`;
    return { assigned_time: time, started_time: time };
  };
  const { implausible } = await apply(
    report(claimOf(taskId, 0), 'COMPLETED', { ...nonsense(1999), completed_time: ago(1).toISOString() }),
    report(claimOf(taskId, 1), 'COMPLETED', { ...nonsense(2099), completed_time: '2099-01-01T00:00:09Z' }),
    report(claimOf(taskId, 2), 'COMPLETED', scan(5, 3)),
    // Its clock is ten minutes ahead, and its duration is right.
    report(claimOf(taskId, 3), 'COMPLETED', scan(-600, -604)),
  );
  expect(implausible).toBe(2);
  for (const index of [0, 1, 2, 3]) {
    const { created_time, assigned_time, started_time, completed_time, ...rest } = await getSubTask(taskId, index);
    const times = [created_time, assigned_time!, started_time!, completed_time!, rest.updated_time].map(Number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(rest.execution_duration).toBeLessThan(120);
  }
  expect((await getSubTask(taskId, 3)).execution_duration).toBe(4);
  expect(await fixture.store.statistics.getTaskStatistics(taskId)).toMatchObject({ average_execution_time: 3 });
});

it('refuses subtasks that the ledger does not have as sent, and takes them once they are sent', async () => {
  const taskId = await unsentTask(fixture.store, '127.0.0.0/24');
  const complete = async (index: number) => (await apply(report(claimOf(taskId, index), 'COMPLETED'))).results[0]!;
  const neverSent = { outcome: 'rejected', reason: 'never_sent' };
  expect(await complete(0)).toMatchObject(neverSent);
  const { chunks } = fixture.store;
  // Written down, and the cursor not moved yet.
  const first = await chunks.openChunk({ task_id: taskId, first_index: 0, count: 8, now: ago(30) });
  expect(await complete(0)).toEqual({ outcome: 'applied' });
  expect(await complete(8)).toMatchObject(neverSent);
  expect(await complete(255)).toMatchObject(neverSent);
  await chunks.advanceCursor(taskId, 0, 8);
  await chunks.openChunk({ task_id: taskId, first_index: 8, count: 8, now: ago(20) });
  expect(await complete(8)).toEqual({ outcome: 'applied' });
  // Sent again: it counts as created when it was sent first.
  await chunks.recall([{ chunk: first, reason: 'lost' }]);
  const [waiting] = await chunks.findWaiting([taskId], { limit: 1 });
  await chunks.claimWaiting([{ chunk: waiting!, end: 8 }], ago(10));
  const late = await fixture.openStore('updater-3');
  await late.subTasks.batchUpdateSubTasks([1, 9].map((index) => report(claimOf(taskId, index), 'COMPLETED')));
  expect(await getSubTask(taskId, 1)).toMatchObject({ created_time: ago(30) });
  for (const index of [8, 9]) expect(await getSubTask(taskId, index)).toMatchObject({ created_time: ago(20) });

  expect(await fixture.store.taskStates.updateSubTaskStatus(`${taskId}-100`, 'CANCELLED', 'alice')).toEqual({
    outcome: 'applied',
  });
  const claim = await fixture.store.taskStates.assignSubTask(`${taskId}-101`, 'node-9');
  const held = { ...claimOf(taskId, 101, claim.attempt, 'node-9'), lease: claim.lease_id };
  expect((await apply(report(held, 'COMPLETED'))).results).toEqual([{ outcome: 'applied' }]);
});

it('asks the ledger once for a batch of new subtasks, and not again where it knows their chunks', async () => {
  // 2,000 targets.
  const taskId = await queuedTask(fixture.store, '127.0.0.0-127.0.7.207');
  const { connection, db } = await fixture.openParts('reader');
  let queries = 0;
  connection.getClient().on('commandStarted', ({ command }) => {
    if (command['find'] === 'chunks') queries++;
  });
  const task = await getTask(taskId);
  const indexes = Array.from({ length: 2_000 }, (_, i) => 1_999 - i);
  const find = createSentTimes(db, 6);
  const findSentTimes = async (of: typeof task, wanted: number[]) => (await find([{ task: of, indexes: wanted }]))[0]!;
  expect((await findSentTimes(task, indexes)).size).toBe(2_000);
  expect((await findSentTimes(task, [0, 1_999])).size).toBe(2);
  expect(queries).toBe(1);
  expect((await findSentTimes(task, [1_999, 2_000, 4_095])).size).toBe(1);
  expect(queries).toBe(2);
  // A full cache drops the entries that were not used for the longest time.
  const another = await getTask(await queuedTask(fixture.store, '127.0.0.0/21'));
  expect((await findSentTimes(another, indexes)).size).toBe(2_000);
  queries = 0;
  const both = await createSentTimes(db)([task, another].map((of) => ({ task: of, indexes })));
  expect(both.map(({ size }) => size)).toEqual([2_000, 2_000]);
  expect(queries).toBe(1);
  expect((await findSentTimes(task, indexes)).size).toBe(2_000);
  // Everything below the cursor was sent, whatever happened to its chunk.
  await db.chunks.deleteMany({ task_id: taskId });
  const [sent] = await createSentTimes(db)([{ task: { ...task, cursor: 3 }, indexes: [2, 3] }]);
  expect(sent!.get(2)).toEqual(task.created_time);
});

it('takes a subtask for sent whose chunk was deleted after the task was read', async () => {
  const taskId = await unsentTask(fixture.store, '127.0.0.0/29');
  const { db } = await fixture.openParts('reader');
  const task = await getTask(taskId);
  const { chunks } = fixture.store;
  const chunk = await chunks.openChunk({ task_id: taskId, first_index: 0, count: 4, now: ago(30) });
  await chunks.advanceCursor(taskId, 0, 4);
  await chunks.deleteTouched([chunk]);
  expect(await createSentTimes(db)([{ task, indexes: [3, 4] }])).toEqual([new Map([[3, task.created_time]])]);
});

it('counts what was scanned: a cancelled task keeps its percentage, and all retries stay counted', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/29', { max_retries: 1, retry_delay: 0 });
  const fail = (attempt: number) => report(claimOf(taskId, 1, attempt), 'FAILED', failure('INTERNAL_ERROR'));
  await apply(report(claimOf(taskId, 0), 'COMPLETED'), fail(1));
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    progress_percentage: 12.5,
    retry_count: 1,
  });
  await apply(fail(2));
  const before = (await fixture.store.tasks.getStanding(taskId)).snapshot.progress;
  expect(before).toMatchObject({ progress_percentage: 25, retry_count: 0, retries_total: 1 });
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'enough');
  const { snapshot } = await fixture.store.tasks.calculateTaskProgress(taskId);
  const after = { progress_percentage: 25, cancelled_count: 6, retries_total: 1 };
  expect(snapshot).toMatchObject({ progress: after, estimated_remaining: 0 });
  expect((await getTask(taskId)).progress).toMatchObject(after);
});

it('estimates the remaining time by the fleet’s rate before the first result, by the task’s own after it', async () => {
  const store = await fixture.openStore('estimator');
  const taskId = await queuedTask(store, '127.0.0.0/24', { pool: 'estimated' });
  const remaining = async (by = store) => (await by.tasks.findSnapshot(taskId))!.estimated_remaining;
  // No node serves its pool: nobody knows.
  expect(await remaining()).toBeNull();
  const beat = toHeartbeat({ node_id: 'node-e', capacity: 16, pools: ['estimated'] });
  await store.nodes.recordHeartbeat(beat, new Date());
  const seconds = await remaining(await fixture.openStore('estimator-2'));
  expect(seconds).toBeGreaterThan(0);
  const { execution_seconds, executions } = await sumExecutions();
  expect(seconds).toBeCloseTo(((256 / 16) * execution_seconds) / executions, 0);
  await apply(report(claimOf(taskId, 0), 'COMPLETED', scan(10, 9)));
  // One of 256 in ten seconds.
  expect(await remaining()).toBeGreaterThan(2_000);
});

/** Of all scans of this file, which the mean is taken of. */
async function sumExecutions() {
  const { db } = await fixture.openParts('counter');
  const shards = await db.taskProgress.find({}).toArray();
  const sum = (name: 'execution_seconds' | 'executions') =>
    shards.reduce((all, { stats }) => all + (stats?.[name] ?? 0), 0);
  return { execution_seconds: sum('execution_seconds'), executions: sum('executions') };
}
