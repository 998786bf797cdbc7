import { toSubTaskId } from '@cyberstroll/contracts';
import type { Database } from '../src/mongodb/models/database';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { claimOf, failure, newTask, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let db: Database;
beforeEach(async () => {
  fixture = await setup();
  db = (await fixture.openParts('observer')).db;
});
afterEach(() => fixture?.cleanup());

const cleanUp = () => fixture.store.cleanUp;
const later = () => new Date(Date.now() + 1_000);

/** A settled task with documents at these indexes and one chunk. */
async function endedTask(indexes: readonly number[] = [0, 2]): Promise<string> {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/29', { max_retries: 0 });
  await fixture.store.subTasks.batchUpdateSubTasks(
    indexes.map((index) => report(claimOf(taskId, index), 'FAILED', failure('SCANNER_CRASHED'))),
  );
  await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 8, now: new Date() });
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await fixture.store.tasks.updateTaskStatus(taskId, 'FAILED', 'test');
  expect(await fixture.store.tasks.settleTasks([taskId])).toHaveLength(1);
  return taskId;
}

async function request(taskId: string) {
  await cleanUp().request([taskId], 'otto', new Date());
  expect(await cleanUp().markRequested()).toBe(1);
  expect(await cleanUp().markRequested()).toBeUndefined();
}

async function countLeft(taskId: string) {
  const { tasks, subTasks, chunks, taskProgress } = db;
  return Promise.all([
    tasks.countDocuments({ task_id: taskId }),
    subTasks.countDocuments({ task_id: taskId }),
    chunks.countDocuments({ task_id: taskId }),
    taskProgress.countDocuments({ task_id: taskId }),
  ]);
}

it('deletes tasks that ended and settled long enough ago, with all their documents, and nothing else', async () => {
  const taskId = await endedTask();
  const unsettled = await queuedTask(fixture.store, '127.0.0.0/29');
  await fixture.store.tasks.updateTaskStatus(unsettled, 'CANCELLED', 'test');
  const open = await queuedTask(fixture.store, '127.0.0.0/29');
  expect(await cleanUp().findExpired({ expireDays: 1, limit: 10, now: new Date() })).toEqual([]);
  expect(await cleanUp().findExpired({ expireDays: 0, limit: 10, now: later() })).toEqual([
    { task_id: taskId, status: 'FAILED', completed_time: expect.any(Date), total_targets: 8 },
  ]);
  expect(await fixture.store.taskStates.cleanupExpiredTasks(0)).toBe(1);
  expect(await countLeft(taskId)).toEqual([0, 0, 0, 0]);
  const { items } = await fixture.store.tasks.findTasks({ limit: 10 });
  expect(items.map(({ task_id }) => task_id)).toEqual([open, unsettled]);
});

it('continues from where it was interrupted; the task cannot be found meanwhile', async () => {
  // Its mark, subtasks, chunks, counters and itself.
  for (const stepsDone of [0, 1, 2, 3]) {
    const taskId = await endedTask();
    await request(taskId);
    expect(await cleanUp().beginDeletion(taskId, new Date())).toBe(true);
    let place: number | undefined;
    for (let step = 0; step < stepsDone; step++) place = (await cleanUp().deleteSome(taskId, place)).next;
    if (stepsDone < 3) {
      await expect(fixture.store.tasks.getTask(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
      await expect(fixture.store.tasks.reopenTask(taskId, 'again', 'otto')).rejects.toMatchObject({ kind: 'missing' });
      expect((await fixture.store.tasks.findTasks({ limit: 10 })).items).toEqual([]);
      expect(await fixture.store.audit.auditTask(taskId, { maxSubTasks: 10, now: new Date() })).toBeUndefined();
      expect(await cleanUp().findRequested(10)).toEqual([{ task_id: taskId, isDeleting: true }]);
    }
    // Begun, it is finished whatever the days.
    await fixture.store.taskStates.cleanupExpiredTasks(365);
    expect([stepsDone, await countLeft(taskId)]).toEqual([stepsDone, [0, 0, 0, 0]]);
  }
});

it('late reports of a task are stale from its deletion on, for a day, and change nothing', async () => {
  const taskId = await endedTask();
  await request(taskId);
  await cleanUp().beginDeletion(taskId, new Date());
  const late = async () => {
    const reports = [0, 1, 5].map((index) => report(claimOf(taskId, index), 'FAILED', failure('NODE_LOST')));
    return (await fixture.store.subTasks.batchUpdateSubTasks(reports)).results;
  };
  const stale = [0, 1, 2].map(() => ({ outcome: 'stale' }));
  const seen = [];
  // Its parts go one after the other, the document of the task last.
  for (let place: number | undefined = 0; place !== undefined; place = (await cleanUp().deleteSome(taskId, place)).next)
    seen.push(await late());
  seen.push(await late());
  expect(seen).toEqual(seen.map(() => stale));
  expect(await countLeft(taskId)).toEqual([0, 0, 0, 0]);
  const [kept] = await db.deletedTasks.find().toArray();
  expect(kept).toEqual({ _id: taskId, expires: expect.any(Date) });
  // As MongoDB does when the day is over.
  await db.deletedTasks.deleteOne({ _id: taskId });
  expect(await late()).toMatchObject([0, 1, 2].map(() => ({ outcome: 'rejected', reason: 'unknown_task' })));
});

it('a task that an operator takes up again before its deletion has begun is kept', async () => {
  const taskId = await endedTask();
  await request(taskId);
  await cleanUp().request([taskId], 'otto', new Date());
  expect(await cleanUp().markRequested()).toBe(0);
  await fixture.store.tasks.reopenTask(taskId, 'again', 'olga');
  expect(await cleanUp().findDoomed(taskId)).toBeUndefined();
  expect(await cleanUp().beginDeletion(taskId, new Date())).toBe(false);
  expect(await cleanUp().findRequested(10)).toEqual([]);
  expect(await fixture.store.taskStates.cleanupExpiredTasks(0)).toBe(0);
  expect((await fixture.store.tasks.getTask(taskId)).status).toBe('RUNNING');
});

it('one task is marked when it has ended, once, and goes when it is settled', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/29');
  const now = new Date();
  await expect(cleanUp().requestOne(taskId, 'otto', now)).rejects.toMatchObject({ code: 'task_not_ended' });
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  const { rev } = await fixture.store.tasks.getTask(taskId);
  await expect(cleanUp().requestOne(taskId, 'otto', now, rev - 1)).rejects.toMatchObject({ code: 'version_changed' });
  for (const operator of ['otto', 'olga']) {
    expect(await cleanUp().requestOne(taskId, operator, now, rev)).toEqual({ task_id: taskId, status: 'CANCELLED' });
  }
  expect((await db.tasks.findOne({ task_id: taskId }))?.clean_up).toEqual({ requested_time: now, operator: 'otto' });
  expect(await cleanUp().beginDeletion(taskId, now)).toBe(false);
  await fixture.store.tasks.settleTasks([taskId]);
  expect(await cleanUp().beginDeletion(taskId, now)).toBe(true);
  await fixture.store.taskStates.cleanupExpiredTasks(365);
  await expect(cleanUp().requestOne(taskId, 'otto', now)).rejects.toMatchObject({ code: 'task_not_found' });
});

it('the id of a task that is being deleted makes no second task', async () => {
  const taskId = '7'.repeat(24);
  const task = { ...newTask('127.0.0.0/29'), task_id: taskId };
  await fixture.store.tasks.createTask(task);
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  await fixture.store.tasks.settleTasks([taskId]);
  await request(taskId);
  expect((await fixture.store.tasks.createTask(task)).created).toBe(false);
  await cleanUp().beginDeletion(taskId, new Date());
  await expect(fixture.store.tasks.createTask(task)).rejects.toMatchObject({ kind: 'missing', code: 'task_not_found' });
  await fixture.store.taskStates.cleanupExpiredTasks(365);
});

it('deletes nothing of a task whose deletion has not begun', async () => {
  const taskId = await endedTask();
  await request(taskId);
  expect(await cleanUp().deleteSome(taskId)).toEqual({ deleted: 0, next: undefined });
  expect(await countLeft(taskId)).toEqual([1, 2, 1, 1]);
});

it('a large task goes in bounded deletes, beside which updates pass', async () => {
  const COUNT = 4_000;
  const taskId = await queuedTask(fixture.store, '127.0.0.0/20');
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  await fillTask(taskId, COUNT);
  await fixture.store.tasks.settleTasks([taskId]);
  const live = await queuedTask(fixture.store, '127.1.0.0/16');
  await request(taskId);
  await cleanUp().beginDeletion(taskId, new Date());

  let applied = 0;
  async function update() {
    const claims = Array.from({ length: 50 }, (_, i) => claimOf(live, applied + i));
    const reports = claims.map((claim) => report(claim, 'COMPLETED'));
    const { results } = await fixture.store.subTasks.batchUpdateSubTasks(reports);
    expect(results.filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    applied += results.length;
  }
  const deleted: number[] = [];
  let place: number | undefined;
  do {
    const [step] = await Promise.all([cleanUp().deleteSome(taskId, place), update()]);
    deleted.push(step.deleted);
    place = step.next;
  } while (place !== undefined);
  expect(Math.max(...deleted)).toBeLessThanOrEqual(1_000);
  expect(await countLeft(taskId)).toEqual([0, 0, 0, 0]);
  const { progress } = await fixture.store.tasks.calculateTaskProgress(live).then(({ snapshot }) => snapshot);
  expect(progress.completed_count).toBe(applied);
});

/** Documents of completed subtasks, past the updates that would have made them. */
async function fillTask(taskId: string, count: number) {
  const documents = Array.from({ length: count }, (_, index) => ({
    _id: toSubTaskObjectId(taskId, index),
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    ip: '127.0.0.1',
    status: 'COMPLETED',
    index,
  }));
  await db.subTasks.insertMany(documents as never);
}
