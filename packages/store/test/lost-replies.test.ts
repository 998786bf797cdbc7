import { AppError } from '@cyberstroll/runtime';
import { createTcpProxy, eventually, type TcpProxy, upTo } from '@cyberstroll/testkit';
import { type ClientSession, mongo } from 'mongoose';
import { createStore, type Store } from '../src';
import { inTransaction } from '../src/mongodb/connection/connection';
import { claimOf, newTask, queuedTask, report, type StoreFixture, setup, silent } from './setup';
import { type StepDown, stepDown } from './step-down';

let fixture: StoreFixture;
let proxy: TcpProxy;
/** A writer whose whole traffic goes through the proxy. */
let writer: Store;
beforeAll(async () => {
  fixture = await setup();
  proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  writer = createStore({ uri: proxy.url, instance: 'updater-2', logger: silent });
  await writer.start();
});
afterAll(async () => {
  await writer?.stop();
  await proxy?.close();
  await fixture?.cleanup();
});

const applyAt = (store: Store, taskId: string, indexes: readonly number[]) =>
  store.subTasks.batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED')));
const countCompleted = async (taskId: string) =>
  (await fixture.store.tasks.getStanding(taskId)).snapshot.progress.completed_count;
/** The counts from the documents, at the same moment. */
const audit = (taskId: string) => fixture.store.audit.auditTask(taskId, { maxSubTasks: 10_000, now: new Date() });
const expectExact = async (taskId: string, completed: number) => {
  expect(await countCompleted(taskId)).toBe(completed);
  const found = (await audit(taskId))!.findings.map(({ finding }) => finding);
  expect(found).not.toContain('counter_drift');
};
/** The beginning of a command that inserts subtasks, in bytes as it is sent. */
const INSERT_SUBTASKS = 'insert\0\x09\0\0\0subtasks\0';
const COMMIT = 'commitTransaction';

describe('F3: a writer and the database lose each other at a commit', () => {
  it.each([1, 2, 3])('its reply is lost, %i times: counted once, and only the commit is said again', async (losses) => {
    const taskId = await queuedTask(fixture.store);
    const bodies = proxy.countRequests(INSERT_SUBTASKS);
    const commits = proxy.countRequests(COMMIT);
    const lost = upTo(losses).map(() => proxy.loseReply(COMMIT));
    const { results } = await applyAt(writer, taskId, upTo(5));
    await Promise.all(lost);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill('applied'));
    expect([bodies.count, commits.count]).toEqual([1, 1 + losses]);
    await expectExact(taskId, 5);
  });

  it('its reply is lost where the driver counts its attempts as used up, and gives no label: only the commit is said again', async () => {
    const { connection, db } = await fixture.openParts('unlabelled');
    const id = `unlabelled-${Date.now()}` as never;
    const probe = await connection.startSession();
    const sessions = Object.getPrototypeOf(probe) as ClientSession;
    await probe.endSession();
    const commit = sessions.commitTransaction;
    let bodies = 0;
    let commits = 0;
    const spy = jest.spyOn(sessions, 'commitTransaction').mockImplementation(async function (this: ClientSession) {
      await commit.call(this);
      if (++commits === 1) throw new mongo.MongoNetworkError('the reply is lost');
    });
    try {
      await inTransaction(connection, async (session) => {
        bodies++;
        await db.leases.insertOne({ _id: id, owner: 'test', expires: new Date() }, { session });
      });
    } finally {
      spy.mockRestore();
    }
    expect([bodies, commits]).toEqual([1, 2]);
    expect(await db.leases.countDocuments({ _id: id })).toBe(1);
  });

  it('it never arrives: said again, and counted once', async () => {
    const taskId = await queuedTask(fixture.store);
    const bodies = proxy.countRequests(INSERT_SUBTASKS);
    const lost = proxy.loseRequest(COMMIT);
    await applyAt(writer, taskId, upTo(5));
    await lost;
    expect(bodies.count).toBe(1);
    await expectExact(taskId, 5);
  });

  it('the reply to a write within is lost: the transaction runs again, and counts once', async () => {
    const taskId = await queuedTask(fixture.store);
    const bodies = proxy.countRequests(INSERT_SUBTASKS);
    const lost = proxy.loseReply(INSERT_SUBTASKS);
    const { results } = await applyAt(writer, taskId, upTo(5));
    await lost;
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill('applied'));
    expect(bodies.count).toBe(2);
    await expectExact(taskId, 5);
  });

  it('while a task ends: its end is written once', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
    await applyAt(fixture.store, taskId, upTo(4));
    // The read of the counters is a transaction too: both lose their commit's reply.
    const lost = upTo(2).map(() => proxy.loseReply(COMMIT));
    expect((await writer.tasks.calculateTaskProgress(taskId)).snapshot.status).toBe('COMPLETED');
    await Promise.all(lost);
    const { status_history } = await fixture.store.tasks.getTaskStatus(taskId);
    expect(status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
  });

  it('while a task is created: one task exists', async () => {
    const lost = proxy.loseReply('insert\0\x06\0\0\0tasks\0');
    const { task, created } = await writer.tasks.createTask(newTask('127.0.0.7'));
    await lost;
    expect(created).toBe(true);
    const { items } = await fixture.store.tasks.findTasks({ limit: 100 });
    expect(items.filter(({ task_target }) => task_target === '127.0.0.7')).toMatchObject([{ task_id: task.task_id }]);
  });
});

it('F3: a writer whose network broke ends the transaction that it left open: others need not wait until the database does', async () => {
  const taskId = await queuedTask(fixture.store);
  const lost = proxy.loseReply(INSERT_SUBTASKS).then(() => proxy.cut());
  const failed = applyAt(writer, taskId, upTo(5)).catch((error: unknown) => error);
  await lost;
  const error = await failed;
  proxy.restore();
  expect(error).toMatchObject({ code: 'mongodb_unavailable' });
  const ended = proxy.countRequests('killSessions');
  await eventually(() => expect(ended.count).toBeGreaterThan(0));
  await Promise.all([applyAt(fixture.store, taskId, upTo(5)), eventually(() => applyAt(writer, taskId, [5, 6, 7]))]);
  await expectExact(taskId, 8);
});

it('F3: while a primary steps down and the next one comes, every call is applied once or says that it may be repeated', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/23');
  let next = 0;
  const failures: unknown[] = [];
  const stopped = new AbortController();
  /** Applies batch after batch until stopped. A refused batch is repeated, as a redelivery would. */
  async function work() {
    while (!stopped.signal.aborted && next < 500) {
      const indexes = upTo(5).map((i) => next + i);
      next += 5;
      const claims = indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED'));
      await eventually(async () => {
        await writer.subTasks.batchUpdateSubTasks(claims).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
      });
    }
  }
  async function look() {
    while (!stopped.signal.aborted) {
      await writer.tasks.getTask(taskId).catch((error: unknown) => failures.push(error));
    }
  }
  const working = Promise.all([work(), work(), look()]);
  let election: StepDown | undefined;
  try {
    await eventually(async () => (await countCompleted(taskId)) >= 20);
    election = stepDown(proxy);
    await eventually(() => election!.refused > 0);
    election.vanish();
    const known = failures.length;
    await eventually(() => failures.length > known);
    election.end();
    const before = await countCompleted(taskId);
    await eventually(async () => (await countCompleted(taskId)) >= before + 20);
  } finally {
    stopped.abort();
    election?.end();
    await working;
  }
  await expectExact(taskId, next);
  const codes = failures.map((error) => (error instanceof AppError ? `${error.kind} ${error.code}` : String(error)));
  expect([...new Set(codes)]).toEqual(['transient mongodb_unavailable']);
});
