import { createLogger } from '@cyberstroll/runtime';
import { createTcpProxy, eventually, forgeReply, type TcpProxy } from '@cyberstroll/testkit';
import { type ClientSession, createConnection } from 'mongoose';
import { createStore, inspectStore, type Store } from '../src';
import { createWriterSessions } from '../src/mongodb/connection/writer-sessions';
import { createDatabase, type Database } from '../src/mongodb/models/database';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { claimOf, queuedTask, report, type StoreFixture, setup, silent } from './setup';

/** A renewal, three of them in this time, must be in time on a busy machine too. */
const TTL_MS = 1_200;

let fixture: StoreFixture;
let proxy: TcpProxy;
/** A writer that is blocked. It writes by way of the proxy. */
let store: Store;
let closings: (() => Promise<void>)[] = [];
beforeAll(async () => {
  fixture = await setup();
  proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  store = createStore({ uri: proxy.url, instance: 'held-up', logger: silent, sessionTtlMs: TTL_MS });
  await store.start();
});
afterEach(async () => {
  for (const close of closings) await close();
  closings = [];
});
afterAll(async () => {
  await store?.stop();
  await proxy?.close();
  await fixture?.cleanup();
});

const connect = (uri = fixture.testbed.mongodb_uri) => createConnection(uri).asPromise();

type Write = (db: Database, session: ClientSession) => Promise<unknown>;

const insertFirst =
  (taskId: string): Write =>
  ({ subTasks }, session) =>
    subTasks.insertOne({ _id: toSubTaskObjectId(taskId, 0), task_id: taskId } as never, { session });

/** A writer in the middle of a transaction that has written. */
async function openTransaction(write: Write) {
  const connection = await connect();
  const leaseConnection = await connect();
  const db = createDatabase(() => connection);
  const sessions = createWriterSessions(
    createDatabase(() => leaseConnection),
    {
      // Of the same name: it may have been restarted.
      owner: 'held-up',
      ttlMs: TTL_MS,
      logger: silent,
    },
  );
  sessions.start();
  const session = await connection.startSession();
  await sessions.keep(session);
  session.startTransaction();
  await write(db, session);
  closings.push(async () => {
    await sessions.stop();
    await session.endSession();
    await connection.close();
    await leaseConnection.close();
  });
  return {
    session,
    findExpiry: async () => {
      const _id = `session:${Buffer.from(session.id!.id.buffer).toString('hex')}` as never;
      const lease = await db.leases.findOne({ _id });
      return (lease!['expires'] as Date).getTime();
    },
    /** What others see of a dead writer: its lease is no longer renewed, its transaction stays open. */
    die: () => leaseConnection.close(),
  };
}

it('ends the transaction that a dead writer left open, and does not wait until the database does', async () => {
  const taskId = await queuedTask(fixture.store);
  const writer = await openTransaction(insertFirst(taskId));
  await writer.die();
  const kills = proxy.countRequests('killSessions');
  const { results } = await store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  expect(results).toEqual([{ outcome: 'applied' }]);
  expect(kills.count).toBe(1);
  await expect(writer.session.commitTransaction()).rejects.toThrow();
});

it.each([
  ['by its last subtask', 'COMPLETED', (taskId: string) => store.tasks.calculateTaskProgress(taskId)],
  ['by an operator', 'CANCELLED', (taskId: string) => store.tasks.updateTaskStatus(taskId, 'CANCELLED', '')],
])('an end %s, held up by a dead writer, says when it was written', async (_, status, end) => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1');
  await store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  const writer = await openTransaction(({ taskProgress }, session) =>
    taskProgress.updateOne({ task_id: taskId }, { $inc: { fence: 1 } }, { session }),
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

it('where killSessions is not permitted: waits as long as the database does, says so once, and the doctor names it', async () => {
  const proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const warned: unknown[] = [];
  logger.warn = ((facts: { err: Error }, message: string) => warned.push([message, facts.err.message])) as never;
  const refused = forgeReply(proxy, { code: 8_000, codeName: 'AtlasError' }, { of: ['killSessions'] });
  const writer = createStore({ uri: proxy.url, instance: 'unpermitted', logger, sessionTtlMs: TTL_MS });
  await writer.start();
  try {
    const taskId = await queuedTask(fixture.store);
    const dead = await openTransaction(insertFirst(taskId));
    await dead.die();
    const applied = writer.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
    await eventually(() => expect(refused.answered).toHaveLength(1));
    // As the database does after a minute.
    await dead.session.abortTransaction();
    expect((await applied).results).toEqual([{ outcome: 'applied' }]);
    expect(warned).toEqual([['killSessions is not permitted', 'forged: AtlasError']]);
    const found = (await inspectStore({ uri: proxy.url })).filter(({ check }) => check === 'mongodb killSessions');
    expect(found).toMatchObject([{ verdict: 'warn', found: expect.stringContaining('AtlasError (8000)') }]);
  } finally {
    await writer.stop();
    await proxy.close();
  }
});
