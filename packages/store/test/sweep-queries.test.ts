import { isTaskOverdue } from '@cyberstroll/task-state';
import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import type { Database } from '../src/mongodb/models/database';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, silent } from './setup';

let fixture: StoreFixture;
let db: Database;
beforeEach(async () => {
  fixture = await setup();
  ({ db } = await fixture.openParts('test'));
});
afterEach(() => fixture?.cleanup());

const complete = (taskId: string, ...indexes: number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED')));
const rollUp = (taskId: string) => fixture.store.tasks.calculateTaskProgress(taskId);

describe('findMoved', () => {
  const createTask = () => queuedTask(fixture.store, '10.0.0.0/30', { max_retries: 0 });
  const findMoved = (now = new Date()) => fixture.store.tasks.findMoved({ limit: 100, now });

  it('finds open tasks whose document lags behind their counters or revision, with the seq of a snapshot', async () => {
    const [counted, changed, shown, ended] = [
      await createTask(),
      await createTask(),
      await createTask(),
      await createTask(),
    ];
    for (const taskId of [counted, changed, shown, ended]) {
      await complete(taskId, 0);
      await rollUp(taskId);
    }
    expect(await findMoved()).toEqual({ tasks: [], next: undefined });
    await complete(counted, 1);
    await fixture.store.tasks.updateTaskStatus(changed, 'PAUSED', 'test');
    await fixture.store.tasks.changeFields(shown, () => ({ name: 'other' }));
    await complete(ended, 1);
    await fixture.store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test');
    const { tasks } = await findMoved();
    const snapshots = await fixture.store.tasks.findSnapshots([counted, changed]);
    const seqs = new Map(snapshots.map(({ task_id, seq }) => [task_id, seq]));
    expect(tasks).toEqual([counted, changed].map((task_id) => ({ task_id, seq: seqs.get(task_id) })));
    await rollUp(counted);
    await rollUp(changed);
    expect((await findMoved()).tasks).toEqual([]);
  });

  it('adds up what all updaters have counted', async () => {
    const taskId = await createTask();
    await complete(taskId, 0);
    const other = await fixture.openStore('updater-2');
    await other.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 1), 'COMPLETED')]);
    await rollUp(taskId);
    expect((await findMoved()).tasks).toEqual([]);
    await complete(taskId, 2);
    expect((await findMoved()).tasks).toMatchObject([{ task_id: taskId }]);
  });

  it('finds a task whose retry of all is carried out: it may end now', async () => {
    const { subTasks, tasks } = fixture.store;
    const taskId = await createTask();
    await subTasks.batchUpdateSubTasks([report(claimOf(taskId, 0), 'FAILED', failure('INTERNAL_ERROR'))]);
    await tasks.reopenTask(taskId, 'again', 'ada', { all: true });
    await rollUp(taskId);
    expect((await findMoved()).tasks).toEqual([]);
    const { retry_all } = await tasks.getTask(taskId);
    await tasks.endRetryAll(taskId, retry_all!.requested_time);
    expect((await findMoved()).tasks).toMatchObject([{ task_id: taskId }]);
    await rollUp(taskId);
  });

  it('finds a task whose end was held for a retry that has not arrived, as soon as the hold is over', async () => {
    const taskId = await createTask();
    await fixture.store.subTasks.batchUpdateSubTasks(
      [0, 1].map((index) => report(claimOf(taskId, index), 'FAILED', failure('INTERNAL_ERROR'))),
    );
    await rollUp(taskId);
    await fixture.store.tasks.reopenTask(taskId, 'again', 'ada');
    await rollUp(taskId);
    const { end_hold } = await fixture.store.tasks.getTask(taskId);
    const until = end_hold!.until.getTime();
    expect((await findMoved(new Date(until - 1))).tasks).toEqual([]);
    expect((await findMoved(new Date(until))).tasks).toMatchObject([{ task_id: taskId }]);
    // Anything else that arrives does not end the hold.
    await complete(taskId, 2);
    await rollUp(taskId);
    expect((await findMoved(new Date(until))).tasks).toMatchObject([{ task_id: taskId }]);
    await fixture.store.taskStates.retrySubTask(`${taskId}-0`);
    await rollUp(taskId);
    expect((await findMoved(new Date(until))).tasks).toEqual([]);
  });

  it('reads two numbers of a task that has not moved, and walks the tasks page by page', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, createTask));
    for (const taskId of ids) await rollUp(taskId);
    await complete(ids[1]!, 0);
    await complete(ids[4]!, 0);
    const store = createStore({
      uri: toRecordableUri(fixture.testbed.mongodb_uri),
      instance: 'walker',
      logger: silent,
    });
    await store.start();
    const recording = recordCommands();
    const pages: string[][] = [];
    let after: string | undefined;
    for (let page = 0; page === 0 || after !== undefined; page++) {
      const found = await store.tasks.findMoved({ after, limit: 2, now: new Date() });
      pages.push(found.tasks.map(({ task_id }) => task_id));
      after = found.next;
    }
    recording.stop();
    await store.stop();
    const sorted = ids.toSorted();
    const movedOf = (first: number) => sorted.slice(first, first + 2).filter((id) => id === ids[1] || id === ids[4]);
    expect(pages).toEqual([0, 2, 4].map(movedOf));
    const bytes = recording.commands.reduce((sum, { replyBytes = 0 }) => sum + replyBytes, 0);
    expect([recording.commands.length, bytes < 2_500]).toEqual([6, true]);
  });
});

describe('findOverdue', () => {
  const START = new Date('2026-01-01T12:00:00Z');
  const after = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
  const NOW = after(100);
  type Fields = Record<string, unknown>;
  const running = (timeout: number, fields: Fields = {}): Fields => ({
    status: 'RUNNING',
    'config.timeout': timeout,
    started_time: START,
    paused_seconds: 0,
    ...fields,
  });
  const IN_TIME: Fields[] = [
    running(0),
    running(100.001),
    running(70, { paused_seconds: 30.5 }),
    running(80, { status: 'PAUSED', paused_time: after(79) }),
    running(10, { status: 'QUEUED' }),
    running(10, { status: 'COMPLETED' }),
    running(10, { status: 'TIMEOUT' }),
  ];
  const OVERDUE: Fields[] = [
    running(100),
    running(0.5),
    running(70, { paused_seconds: 30 }),
    running(80, { status: 'PAUSED', paused_time: after(80) }),
    running(60, { status: 'PAUSED', paused_time: after(95), paused_seconds: 30 }),
  ];

  it('finds the tasks that isTaskOverdue says are overdue, and MongoDB answers with no other', async () => {
    const insert = async (fields: Fields) => {
      const taskId = await queuedTask(fixture.store, '10.0.0.0/30');
      await db.tasks.updateOne({ task_id: taskId }, { $set: fields });
      return taskId;
    };
    const inTime: string[] = [];
    for (const fields of IN_TIME) inTime.push(await insert(fields));
    const unstarted = await insert({ status: 'RUNNING', 'config.timeout': 1 });
    const overdue: string[] = [];
    for (const fields of OVERDUE) overdue.push(await insert(fields));
    for (const taskId of [...inTime, unstarted, ...overdue]) {
      expect(isTaskOverdue(await fixture.store.tasks.getTask(taskId), NOW)).toBe(overdue.includes(taskId));
    }
    // The others are older. If MongoDB answered with one of them, an overdue task would be beyond the limit.
    const found = await fixture.store.tasks.findOverdue(NOW, overdue.length);
    expect(found.map(({ task_id }) => task_id).sort()).toEqual(overdue.toSorted());
    expect(found.map(({ config }) => config.timeout).sort()).toEqual([0.5, 100, 60, 70, 80]);
    expect(await fixture.store.tasks.findOverdue(NOW, 2)).toHaveLength(2);
  });
});
