import { upTo } from '@cyberstroll/testkit';
import { createJobSources } from '../src/dispatch/job-sources';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { BatchCollided, createBatchApplier } from '../src/subtasks/apply-batch';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, withStoppedClock } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

/** A writer during whose first transaction, after its reads and before its writes, `between` is done by another. */
async function openSlowWriter(between: () => Promise<unknown>) {
  const { db, sessions } = await fixture.openParts('slow');
  const getJobSource = createJobSources(db);
  let isFirst = true;
  return createBatchApplier({
    db,
    sessions,
    shard: 'slow',
    async getTargetIndex(taskId, count) {
      if (isFirst) {
        isFirst = false;
        await between();
      }
      return (await getJobSource(taskId, count)).targets;
    },
  });
}

it('decides again where another writer has changed a subtask between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const claim = claimOf(taskId, 0);
  await fixture.store.subTasks.batchUpdateSubTasks([report(claim, 'SCANNING')]);
  const completed = [report(claim, 'COMPLETED')];
  const apply = await openSlowWriter(() => fixture.store.subTasks.batchUpdateSubTasks(completed));

  const { results, transitions } = await apply([...completed, report(claimOf(taskId, 1), 'ASSIGNED')], new Date());
  expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'applied']);
  expect(transitions).toMatchObject([{ subtask_id: `${taskId}-1`, status: 'ASSIGNED' }]);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    completed_count: 1,
    assigned_count: 1,
    scanning_count: 0,
    pending_count: 2,
  });
});

it('decides again where another writer has made a subtask’s document between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const other = claimOf(taskId, 0, 1, 'node-2');
  const apply = await openSlowWriter(() => fixture.store.subTasks.batchUpdateSubTasks([report(other, 'SCANNING')]));

  const { results } = await apply([report(claimOf(taskId, 0), 'COMPLETED')], new Date());
  expect(results).toEqual([{ outcome: 'stale' }]);
  expect(await fixture.store.subTasks.getSubTask(`${taskId}-0`)).toMatchObject({ lease_id: other.lease });
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    scanning_count: 1,
    pending_count: 3,
  });
});

it('reads and decides again, once, where a subtask that it takes for new is held by another writer’s claim', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const claims = upTo(3).map((index) => claimOf(taskId, index));
  await fixture.store.subTasks.batchUpdateSubTasks(claims.map((claim) => report(claim, 'SCANNING')));
  const successor = await fixture.openStore('successor');
  const complete = (index: number) =>
    successor.subTasks.batchUpdateSubTasks([
      report(claims[index]!, 'COMPLETED'),
      report(claimOf(taskId, 3), 'COMPLETED'),
    ]);

  await withStoppedClock(async () => {
    expect(await complete(0)).toMatchObject({ retried: 1, results: [{ outcome: 'applied' }, { outcome: 'applied' }] });
    // From now on it reads everything for a while.
    expect(await complete(1)).toMatchObject({ retried: 0, results: [{ outcome: 'applied' }, { outcome: 'stale' }] });
  });
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    completed_count: 3,
    scanning_count: 1,
    pending_count: 0,
  });
});

it('decides what it does not write by the document, also where it takes the subtask for new', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1');
  const completed = [report(claimOf(taskId, 0), 'COMPLETED')];
  await fixture.store.subTasks.batchUpdateSubTasks(completed);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const successor = await fixture.openStore('successor');
  // Without a document it would be stale: the task has ended.
  expect(await successor.subTasks.batchUpdateSubTasks(completed)).toMatchObject({
    retried: 0,
    results: [{ outcome: 'duplicate' }],
  });
});

it.each<[string, (ids: string[], taskId: string) => Promise<unknown>]>([
  ['marked as sent', (ids) => fixture.store.subTasks.markRetriesSent(ids, new Date(Date.now() + 60_000))],
  ['recalled', () => fixture.store.subTasks.recallRetries(new Date(0), new Date(Date.now() + 1_000))],
  [
    'recalled from a silent node',
    (_, taskId) => {
      const soon = new Date(Date.now() + 1_000);
      return fixture.store.subTasks.recallSentRetries([taskId], { sentBefore: soon, now: soon, limit: 100 });
    },
  ],
])('retries that are %s while a batch changes them keep it from nothing', async (_, change) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/26');
  const { subTasks, tasks } = fixture.store;
  const retries = upTo(64).map((index) => report(claimOf(taskId, index), 'FAILED', failure('PORT_TIMEOUT')));
  await subTasks.batchUpdateSubTasks(retries);
  const ids = upTo(64).map((index) => `${taskId}-${index}`);
  await subTasks.markRetriesSent(ids, new Date(Date.now() + 30_000));
  await tasks.calculateTaskProgress(taskId);
  for (const status of ['PAUSED', 'RUNNING'] as const) await tasks.updateTaskStatus(taskId, status, 'test');

  const { connection, db } = await fixture.openParts('batch');
  let changed: Promise<unknown> | undefined;
  await connection.withSession((session) =>
    session.withTransaction(async () => {
      for (const index of upTo(64)) {
        const _id = toSubTaskObjectId(taskId, index);
        await db.subTasks.updateOne({ _id }, { $set: { updated_time: new Date() } }, { session });
        // It finds the first one locked, and all others are still to be written.
        changed ??= change(ids, taskId);
      }
    }),
  );
  await changed;
  const left = await subTasks.findOpen(taskId, 100);
  expect(left).toHaveLength(64);
  expect(new Set(left.map(({ retry_due_time }) => retry_due_time?.getTime())).size).toBe(1);
});

it('counts in a shard of its own what is applied beside another batch, so that the two do not collide', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.8');
  const parts = await fixture.openParts('slow');
  let between: (() => Promise<unknown>) | undefined;
  const apply = createBatchApplier({
    db: parts.db,
    sessions: parts.sessions,
    shard: 'slow',
    async getTargetIndex(id, count) {
      const pass = between;
      between = undefined;
      await pass?.();
      return (await createJobSources(parts.db)(id, count)).targets;
    },
  });
  const complete = (index: number) => apply([report(claimOf(taskId, index), 'COMPLETED')], new Date());
  async function applyTwoAtOnce(index: number) {
    let beside: Awaited<ReturnType<typeof complete>> | undefined;
    between = async () => {
      beside = await complete(index + 1);
    };
    const { retried } = await complete(index);
    return [retried, beside!.retried];
  }
  for (const index of [0, 2]) expect(await applyTwoAtOnce(index)).toEqual([0, 0]);
  const shards = await parts.db.taskProgress.find({ task_id: taskId }).toArray();
  expect(shards.map(({ shard }) => shard).sort()).toEqual(['slow', 'slow/2']);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({ completed_count: 4 });
});

it('gives up a batch that collides twice, with nothing written; one subtask alone is tried until it is applied', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const claims = upTo(2).map((index) => claimOf(taskId, index));
  const { db, sessions } = await fixture.openParts('slow');
  const getJobSource = createJobSources(db);
  let collisions = 0;
  // Another writer changes the first subtask after each read of the batch.
  const _id = toSubTaskObjectId(taskId, 0);
  let wanted = 0;
  const transact: typeof sessions.transact = (body) =>
    sessions.transact(async (session) => {
      await db.subTasks.findOne({ _id }, { session });
      if (collisions < wanted) {
        collisions++;
        await db.subTasks.updateOne({ _id }, { $set: { updated_time: new Date() } });
      }
      return body(session);
    });
  const apply = createBatchApplier({
    db,
    sessions: { ...sessions, transact },
    shard: 'slow',
    getTargetIndex: async (id, count) => (await getJobSource(id, count)).targets,
  });
  await apply(
    claims.map((claim) => report(claim, 'ASSIGNED')),
    new Date(),
  );
  wanted = Number.POSITIVE_INFINITY;
  const completed = claims.map((claim) => report(claim, 'COMPLETED'));
  await expect(apply(completed, new Date(), 2)).rejects.toBeInstanceOf(BatchCollided);
  expect(collisions).toBe(3);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({ assigned_count: 2 });

  wanted = collisions + 3;
  const { retried } = await apply(completed.slice(0, 1), new Date(), 2);
  expect(retried).toBe(3);
});
