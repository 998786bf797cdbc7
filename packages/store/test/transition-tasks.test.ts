import { createTcpProxy, recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import { transitionTasks } from '../src/tasks/roll-up';
import { createTaskWriter } from '../src/tasks/write-tasks';
import { withBetween } from './between';
import {
  claimOf,
  failure,
  queuedTask,
  report,
  type StoreFixture,
  setup,
  silent,
  toNames,
  withStoppedClock,
} from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

/** Tasks of four completed subtasks. The last subtask of each of the first `open` tasks is not completed. */
async function createDoneTasks(count: number, open = 0): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => queuedTask(fixture.store, '10.0.0.0/30')));
  const done = ids.flatMap((id, place) => (place < open ? [0, 1, 2] : [0, 1, 2, 3]).map((index) => claimOf(id, index)));
  await fixture.store.subTasks.batchUpdateSubTasks(done.map((claim) => report(claim, 'COMPLETED')));
  return ids;
}

const findEnds = async (ids: readonly string[]) =>
  (await fixture.store.taskEndOutbox.findNotices(1_000)).filter(({ subject }) => ids.includes(subject.task_id));

async function expectEndedOnce(ids: readonly string[]) {
  for (const id of ids) {
    const { status_history, progress, completed_time, rev, progress_seq } = await fixture.store.tasks.getTask(id);
    const made = status_history.slice(-2).map(({ status, operator }) => [status, operator]);
    expect(made).toEqual([
      ['RUNNING', 'ada'],
      ['COMPLETED', 'ada'],
    ]);
    expect([progress.completed_count, completed_time]).toEqual([4, expect.any(Date)]);
    expect(await findEnds([id])).toMatchObject([
      {
        notice: { notice_id: `${id}-${rev}` },
        subject: { status: 'COMPLETED', operator: 'ada', completed_time, progress: { completed_count: 4 } },
      },
    ]);
    const { snapshot, transitions } = await fixture.store.tasks.calculateTaskProgress(id);
    expect([snapshot.rev, snapshot.seq, transitions]).toEqual([rev, progress_seq, []]);
  }
}

async function expectOpen(ids: readonly string[]) {
  for (const id of ids) expect((await fixture.store.tasks.getTask(id)).status).toBe('QUEUED');
  expect(await findEnds(ids)).toEqual([]);
}

it('ends many tasks by a fixed number of commands, each once, and begins those that are not done', async () => {
  const recorded = createStore({
    uri: toRecordableUri(fixture.testbed.mongodb_uri),
    instance: 'recorded',
    logger: silent,
  });
  await recorded.start();
  try {
    const ids = await createDoneTasks(20, 2);
    const { rolledUp, left, recording } = await withStoppedClock(async () => {
      // The lease of its session is taken by the first.
      await recorded.tasks.transitionTasks(await createDoneTasks(1), 'ada');
      const recording = recordCommands();
      const outcome = await recorded.tasks.transitionTasks([...ids, 'f'.repeat(24)], 'ada');
      recording.stop();
      return { ...outcome, recording };
    });
    expect(toNames(recording.commands)).toEqual([
      'find tasks',
      'find task_progress',
      'update task_progress',
      'update tasks',
      'insert task_ends',
      // Those that begin.
      'commitTransaction',
      'update tasks',
    ]);
    expect(left).toEqual([]);
    const byId = new Map(
      rolledUp.map(({ snapshot: { task_id, status, progress }, transitions }) => [
        task_id,
        [status, progress.completed_count, transitions.map((each) => each.status)],
      ]),
    );
    const ends = ids.slice(2).map((id) => [id, ['COMPLETED', 4, ['RUNNING', 'COMPLETED']]] as const);
    const begins = ids.slice(0, 2).map((id) => [id, ['RUNNING', 3, ['RUNNING']]] as const);
    expect(byId).toEqual(new Map<string, unknown>([...begins, ...ends]));
    await expectEndedOnce(ids.slice(2));
    const again = await recorded.tasks.transitionTasks(ids, 'ada');
    expect(again.rolledUp.flatMap(({ transitions }) => transitions)).toEqual([]);
  } finally {
    await recorded.stop();
  }
});

describe('another writer changes one of the tasks between the read and the write:', () => {
  async function endAround(ids: readonly string[], between: (run: number) => Promise<unknown>) {
    const { db, sessions } = await fixture.openParts('slow');
    let runs = 0;
    const slow = withBetween(db, 'taskProgress', 'updateMany', () => between(++runs));
    const deps = { db: slow, writer: createTaskWriter(slow, sessions), getFleetPace: async () => undefined };
    const { rolledUp, left } = await transitionTasks(deps, ids, 'ada');
    const ended = rolledUp.filter(({ transitions }) => transitions.at(-1)?.status === 'COMPLETED');
    return { ended: ended.map(({ snapshot }) => snapshot.task_id), left, runs };
  }
  const rename = (id: string, name: string) => fixture.store.tasks.changeFields(id, () => ({ name }));

  it('once: all end at the second try', async () => {
    const ids = await createDoneTasks(3);
    const { ended, runs } = await endAround(ids, async (run) => run === 1 && rename(ids[1]!, 'one'));
    expect([ended.sort(), runs]).toEqual([ids.toSorted(), 2]);
    await expectEndedOnce(ids);
  });

  it('again and again: none ends, and each ends alone', async () => {
    const ids = await createDoneTasks(3);
    const { ended, left } = await endAround(ids, (run) => rename(ids[1]!, `name ${run}`));
    expect([ended, left.sort()]).toEqual([[], ids.toSorted()]);
    await expectOpen(ids);
    for (const id of ids) await fixture.store.tasks.calculateTaskProgress(id, 'ada');
    await expectEndedOnce(ids);
  });

  it('it begins it itself: it is in `left`, and each begins once', async () => {
    const ids = await createDoneTasks(3, 3);
    const { db, sessions } = await fixture.openParts('slow');
    const slow = withBetween(db, 'tasks', 'bulkWrite', () => fixture.store.tasks.calculateTaskProgress(ids[1]!, 'ada'));
    const deps = { db: slow, writer: createTaskWriter(slow, sessions), getFleetPace: async () => undefined };
    const { rolledUp, left } = await transitionTasks(deps, ids, 'ada');
    expect(rolledUp.map(({ snapshot }) => snapshot.task_id).sort()).toEqual([ids[0], ids[2]].sort());
    expect(left).toEqual([ids[1]]);
    for (const id of ids) {
      const { status_history } = await fixture.store.tasks.getTask(id);
      expect(status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING']);
    }
  });

  it('it ends it itself: the end is written once', async () => {
    const ids = await createDoneTasks(3);
    const { ended } = await endAround(
      ids,
      async (run) => run === 1 && fixture.store.tasks.calculateTaskProgress(ids[1]!, 'ada'),
    );
    expect(ended.sort()).toEqual([ids[0], ids[2]].sort());
    await expectEndedOnce(ids);
  });

  it('a batch counts in it: the end is decided again', async () => {
    const ids = await createDoneTasks(3, 1);
    const last = report(claimOf(ids[0]!, 3), 'COMPLETED');
    const { ended } = await endAround(
      ids,
      async (run) => run === 1 && fixture.store.subTasks.batchUpdateSubTasks([last]),
    );
    expect(ended.sort()).toEqual(expect.arrayContaining([ids[1], ids[2]].sort()));
    await fixture.store.tasks.calculateTaskProgress(ids[0]!, 'ada');
    await expectEndedOnce(ids);
  });

  it('a batch counts in one that ends with open subtasks: it is left, and the others end at the first try', async () => {
    const ids = await createDoneTasks(2);
    const failing = await queuedTask(fixture.store, '10.0.0.0/30', { error_threshold: 0, max_retries: 0 });
    const { subTasks } = fixture.store;
    await subTasks.batchUpdateSubTasks([report(claimOf(failing, 0), 'FAILED', failure('INTERNAL_ERROR'))]);
    const completed = [report(claimOf(failing, 1), 'COMPLETED')];
    const { ended, left, runs } = await endAround([...ids, failing], () => subTasks.batchUpdateSubTasks(completed));
    expect([ended.sort(), left, runs]).toEqual([ids.toSorted(), [failing], 1]);
    await expectEndedOnce(ids);
  });
});

it.each([
  ['before the first write', (proxy: Proxy) => proxy.loseRequest('update\0\x0e\0\0\0task_progress\0')],
  ['between the writes', (proxy: Proxy) => proxy.loseRequest('update\0\x06\0\0\0tasks\0')],
  ['before the last write', (proxy: Proxy) => proxy.loseRequest('insert\0\x0a\0\0\0task_ends\0')],
  ['before the commit', (proxy: Proxy) => proxy.loseRequest('commitTransaction')],
  ['when it has committed', (proxy: Proxy) => proxy.loseReply('commitTransaction')],
])('ends all tasks once though the connection is cut %s', async (_, cut) => {
  const proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  const writer = createStore({ uri: proxy.url, instance: 'cut', logger: silent });
  await writer.start();
  try {
    const ids = await createDoneTasks(3);
    const lost = cut(proxy);
    const { rolledUp } = await writer.tasks.transitionTasks(ids, 'ada');
    await lost;
    expect(rolledUp).toHaveLength(3);
    await expectEndedOnce(ids);
  } finally {
    await writer.stop();
    await proxy.close();
  }
});
type Proxy = Awaited<ReturnType<typeof createTcpProxy>>;

it('ends none of the tasks where the writer dies between the writes and the commit', async () => {
  const { db, sessions } = await fixture.openParts('dying');
  const transact: typeof sessions.transact = (body) =>
    sessions.transact(async (session) => {
      await body(session);
      throw new Error('killed');
    });
  const writer = createTaskWriter(db, { ...sessions, transact });
  const ids = await createDoneTasks(3);
  const killed = transitionTasks({ db, writer, getFleetPace: async () => undefined }, ids, 'ada');
  await expect(killed).rejects.toThrow('killed');
  await expectOpen(ids);
  await fixture.store.tasks.transitionTasks(ids, 'ada');
  await expectEndedOnce(ids);
});

it('ends a task whose failures exceed its threshold, with the subtasks that nobody touched', async () => {
  const id = await queuedTask(fixture.store, '10.0.0.0/30', { error_threshold: 0, max_retries: 0 });
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(id, 0), 'FAILED', failure('INTERNAL_ERROR'))]);
  const { rolledUp } = await fixture.store.tasks.transitionTasks([id], 'ada');
  expect(rolledUp).toMatchObject([{ snapshot: { status: 'FAILED' } }]);
  const ends = await findEnds([id]);
  expect(ends.map(({ subject }) => subject.progress)).toMatchObject([{ failed_count: 1, cancelled_count: 3 }]);
});
