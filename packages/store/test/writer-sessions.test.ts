import { eventually } from '@cyberstroll/testkit';
import { type ClientSession, createConnection } from 'mongoose';
import { createModels, type Models } from '../src/models/create-models';
import { toSubTaskObjectId } from '../src/subtask-object-id';
import { createWriterSessions } from '../src/writer-sessions';
import { claimOf, queuedTask, report, type StoreFixture, setUpStore } from './store-fixture';

/** Longer than a busy machine stands still. */
const TTL_MS = 1_500;

let fixture: StoreFixture;
let closings: (() => Promise<void>)[] = [];
beforeAll(async () => {
  fixture = await setUpStore();
});
afterEach(async () => {
  for (const close of closings) await close();
  closings = [];
});
afterAll(() => fixture?.cleanup());

const connect = () => createConnection(fixture.testbed.mongodb_uri).asPromise();

type Write = (models: Models, session: ClientSession) => Promise<unknown>;

const insertFirst =
  (taskId: string): Write =>
  ({ subTasks }, session) =>
    subTasks.collection.insertOne({ _id: toSubTaskObjectId(taskId, 0), task_id: taskId } as never, { session });

/** A writer in the midst of a transaction that has written. */
async function openTransaction(write: Write) {
  const connection = await connect();
  const leaseConnection = await connect();
  const models = createModels(connection);
  const sessions = createWriterSessions(leaseConnection, createModels(leaseConnection), {
    owner: 'other',
    ttlMs: TTL_MS,
  });
  const session = await connection.startSession();
  await sessions.keep(session);
  session.startTransaction();
  await write(models, session);
  closings.push(async () => {
    await sessions.stop();
    await session.endSession();
    await connection.close();
    await leaseConnection.close();
  });
  return {
    session,
    findExpiry: async () => {
      const lease = await models.leases.collection.findOne({ owner: 'other' });
      return (lease!['expires'] as Date).getTime();
    },
    /** As far as others can tell: its lease is no longer renewed, its transaction stays open. */
    die: () => leaseConnection.close(),
  };
}

it('ends the transaction that a dead writer left open, long before the database does', async () => {
  const taskId = await queuedTask(fixture.store);
  const writer = await openTransaction(insertFirst(taskId));
  await writer.die();
  const begun = performance.now();
  const { results } = await fixture.store.taskStates.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  expect(results).toEqual([{ outcome: 'applied' }]);
  expect(performance.now() - begun).toBeLessThan(20_000);
  await expect(writer.session.commitTransaction()).rejects.toThrow();
});

it.each([
  ['by its last subtask', 'COMPLETED', (taskId: string) => fixture.store.taskStates.calculateTaskProgress(taskId)],
  [
    'by an operator',
    'CANCELLED',
    (taskId: string) => fixture.store.taskStates.updateTaskStatus(taskId, 'CANCELLED', ''),
  ],
])('an end %s, held up by a dead writer, says when it was written', async (_, status, end) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1');
  await fixture.store.taskStates.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  const writer = await openTransaction(({ taskProgress }, session) =>
    taskProgress.collection.updateOne({ task_id: taskId }, { $inc: { fence: 1 } }, { session }),
  );
  await writer.die();
  const expiry = await writer.findExpiry();
  await end(taskId);
  const task = await fixture.store.tasks.getTask(taskId);
  const { completed_time, status_history } = task;
  expect(task.status).toBe(status);
  const endedAt = status_history.at(-1)!.timestamp;
  // Before that nobody ends what the dead writer holds.
  expect(endedAt.getTime()).toBeGreaterThanOrEqual(expiry);
  // The scans were over before.
  if (status === 'COMPLETED') expect(completed_time!.getTime()).toBeLessThan(expiry);
  else expect(completed_time).toEqual(endedAt);
});

it('leaves the transaction of a writer alone that lives', async () => {
  const taskId = await queuedTask(fixture.store);
  const writer = await openTransaction(insertFirst(taskId));
  const expiry = await writer.findExpiry();
  await eventually(async () => expect(await writer.findExpiry()).toBeGreaterThan(expiry + TTL_MS));
  const connection = await connect();
  const others = createWriterSessions(connection, createModels(connection), { owner: 'third' });
  expect(await others.endAbandoned()).toBe(0);
  await writer.session.commitTransaction();
  await others.stop();
  await connection.close();
});
