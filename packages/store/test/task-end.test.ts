import type { IncomingUpdate } from '@cyberstroll/task-state';
import { type Connection, createConnection } from 'mongoose';
import { createJobSources } from '../src/dispatch/job-sources';
import { createWriterSessions, type WriterSessions } from '../src/mongodb/connection/writer-sessions';
import { createDatabase, type Database } from '../src/mongodb/models/database';
import { createBatchApplier } from '../src/subtasks/apply-batch';
import { createTaskCommands } from '../src/tasks/task-commands';
import { createTaskWriter } from '../src/tasks/write-tasks';
import { withBetween } from './between';
import { claimOf, queuedTask, report, type StoreFixture, setup, silent } from './setup';

let fixture: StoreFixture;
let connection: Connection;
let db: Database;
let sessions: WriterSessions;

beforeAll(async () => {
  fixture = await setup();
  connection = await createConnection(fixture.testbed.mongodb_uri).asPromise();
  db = createDatabase(() => connection);
  sessions = createWriterSessions(db, { owner: 'racer', logger: silent });
  sessions.start();
});

afterAll(async () => {
  await sessions.stop();
  await connection.close();
  await fixture.cleanup();
});

/** Applies a batch whose transaction has read the task when `between` runs, and has written nothing yet. */
async function applyAround(updates: IncomingUpdate[], between: () => Promise<unknown>) {
  const getJobSource = createJobSources(db);
  let reads = 0;
  const apply = createBatchApplier({
    db,
    sessions,
    shard: 'racer',
    getTargetIndex: async (taskId, count) => {
      if (reads++ === 0) await between();
      return (await getJobSource(taskId, count)).targets;
    },
  });
  const { results } = await apply(updates, new Date());
  return { outcomes: results.map(({ outcome }) => outcome), reads };
}

it.each<[string, (taskId: string) => Promise<unknown>]>([
  ['that it makes', async () => undefined],
  [
    'whose maker died before it raised the fence',
    (task_id) => db.taskProgress.insertOne({ _id: `${task_id}:racer`, task_id, shard: 'racer', seq: 0 }),
  ],
])('a claim in counters %s is stale if its task is ended by who has not seen them', async (_, make) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-4');
  let applying: ReturnType<typeof applyAround> | undefined;
  /** The transaction of the end has changed all counters that it found. */
  const applyOnce = async () => {
    if (applying) return;
    await make(taskId);
    await new Promise<void>((hasRead) => {
      applying = applyAround([report(claimOf(taskId, 0), 'SCANNING')], () => {
        hasRead();
        return ending;
      });
    });
  };
  const slow = withBetween(db, 'tasks', 'bulkWrite', applyOnce);
  const deps = { db: slow, sessions, writer: createTaskWriter(slow, sessions), getFleetPace: async () => undefined };
  const ending = createTaskCommands(deps).updateTaskStatus(taskId, 'CANCELLED', 'enough');
  await ending;
  expect((await applying!).outcomes).toEqual(['stale']);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
    scanning_count: 0,
    cancelled_count: 4,
  });
});

it.each([
  ['for the first time of this writer', 0],
  ['as it has before', 1],
])('a claim that counts %s, under way when its task is cancelled, is stale', async (_, before) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-4');
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 3), 'COMPLETED')]);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  if (before) await applyAround([report(claimOf(taskId, 2), 'COMPLETED')], async () => undefined);
  const { outcomes } = await applyAround([report(claimOf(taskId, 0), 'SCANNING')], () =>
    fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'enough'),
  );
  expect(outcomes).toEqual(['stale']);
  const progress = (await fixture.store.tasks.getStanding(taskId)).snapshot.progress;
  expect(progress).toMatchObject({ assigned_count: 0, scanning_count: 0, cancelled_count: 3 - before });
});

it.each([
  ['alone', (taskId: string) => fixture.store.tasks.calculateTaskProgress(taskId)],
  ['together with others', (taskId: string) => fixture.store.tasks.transitionTasks([taskId], 'ada')],
])('a claim under way when too many others have failed, and the task ends %s, is stale', async (_, end) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-4', { error_threshold: 0, max_retries: 0 });
  const failed = report(claimOf(taskId, 3), 'FAILED', {
    error_info: { error_code: 'INTERNAL_ERROR', error_message: 'it broke' },
  });
  await fixture.store.subTasks.batchUpdateSubTasks([failed]);
  // This writer has counters already: it makes no new ones, which would give the task a new revision.
  await applyAround([report(claimOf(taskId, 2), 'COMPLETED')], async () => undefined);
  const { outcomes } = await applyAround([report(claimOf(taskId, 0), 'SCANNING')], () => end(taskId));
  expect(outcomes).toEqual(['stale']);
  expect(await fixture.store.tasks.getTaskStatus(taskId)).toMatchObject({ status: 'FAILED' });
});

it('the end of a task is noted with it, with the progress of that moment; a cancel that changes nothing notes nothing', async () => {
  const { tasks, subTasks, taskEndOutbox } = fixture.store;
  const taskId = await queuedTask(fixture.store, '127.0.0.1-4');
  // No roll-up yet: the document of the task does not show it.
  await subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  for (let n = 0; n < 2; n++) await tasks.updateTaskStatus(taskId, 'CANCELLED', 'enough', 'otto');
  const { rev } = await fixture.store.tasks.getTask(taskId);
  const ends = (await taskEndOutbox.findNotices(100)).filter(({ subject }) => subject.task_id === taskId);
  expect(ends).toMatchObject([
    {
      notice: { notice_id: `${taskId}-${rev}` },
      subject: {
        status: 'CANCELLED',
        reason: 'enough',
        operator: 'otto',
        progress: { total_targets: 4, completed_count: 1, cancelled_count: 3, pending_count: 0 },
      },
    },
  ]);
});
