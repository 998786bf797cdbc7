import type { Job } from '@cyberstroll/contracts';
import { createExclusionWatch } from '@cyberstroll/coordination';
import { TargetError } from '@cyberstroll/targets';
import { createUnsentTask, eventually, recordCommands, toNewTask, toRecordableUri, upTo } from '@cyberstroll/testkit';
import { createDispatch } from '../src/pass/dispatch-pass';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const TARGETS = 10;
const createTasks = (count: number) =>
  Promise.all(upTo(count).map(() => createUnsentTask(fixture.store, `127.0.0.1-${TARGETS}`)));
const cursorOf = async (taskId: string) => (await fixture.store.tasks.getTask(taskId)).cursor;
type Replica = Awaited<ReturnType<Fixture['openReplica']>>;

it('asks the database for 100 tasks as rarely as for one, but for the targets: 50 tasks per read', async () => {
  const replica = await fixture.openReplica('a', { mongodbUri: toRecordableUri(fixture.testbed.mongodb_uri) });
  const exclusions = createExclusionWatch(replica.store);
  const { dispatchOnce } = createDispatch({ ...replica, exclusions });
  await fixture.addNode('n1', 2_000);
  let now = Date.now();
  const dispatch = async () => {
    const recording = recordCommands();
    now += 1_000;
    // What was read half a second ago is read again.
    exclusions.noteChange();
    const counts = await dispatchOnce(new Date(now));
    recording.stop();
    const commands = new Map<string, number>();
    for (const { name, collection } of recording.commands) {
      const key = collection === '' ? name : `${name} ${collection}`;
      commands.set(key, (commands.get(key) ?? 0) + 1);
    }
    // Once in ten seconds, and once a second.
    commands.delete('hello');
    commands.delete('find limits');
    return { ...counts, commands: Object.fromEntries(commands) };
  };
  // What never changes of a task is read once.
  const reads = (sources: number) => ({
    'find tasks': sources > 0 ? 3 + sources : 2,
    'find nodes': 1,
    'find freezes': 1,
    'aggregate chunks': 1,
    ...(sources > 0 && { 'find task_targets': sources, 'find exclusions': 1 }),
  });
  const countsSent = { 'aggregate task_progress': 1 };
  const writes = { 'update leases': 1, 'find chunks': 1, 'insert chunks': 1, 'update tasks': 1 };
  // Which of them others have; then which are ours, and which there are at all.
  const firstLeases = { 'find leases': 3, 'insert leases': 1 };

  await createTasks(1);
  expect(await dispatch()).toEqual({ subtasks: 10, commands: { ...reads(1), ...writes, ...firstLeases } });
  await createTasks(100);
  expect(await dispatch()).toEqual({
    subtasks: 1_000,
    commands: { ...reads(2), ...countsSent, ...writes, ...firstLeases },
  });
  expect(await dispatch()).toEqual({ commands: { ...reads(0), ...countsSent } });
});

it('takes 200 tasks up by two commands, and reports each', async () => {
  const replica = await fixture.openReplica('a', { mongodbUri: toRecordableUri(fixture.testbed.mongodb_uri) });
  const taskIds = await Promise.all(
    upTo(200).map(async () => (await fixture.store.tasks.createTask(toNewTask('127.0.0.1'))).task.task_id),
  );
  const publisher = { ...replica.publisher, tryPublish: jest.fn(() => true) };
  const recording = recordCommands();
  await createDispatch({ ...replica, publisher }).dispatchOnce(new Date());
  recording.stop();
  const ofTasks = recording.commands.filter(({ collection }) => collection === 'tasks').map(({ name }) => name);
  // The first read finds them. No pool has a node, so no other read follows.
  expect(ofTasks).toEqual(['find', 'find', 'update']);
  expect([...(await fixture.store.tasks.findStatuses(taskIds)).values()]).toEqual(Array(200).fill('QUEUED'));
  const reported = publisher.tryPublish.mock.calls.map(([, key, event]: unknown[]) => [key, event]);
  expect(new Set(reported.map(([, event]) => (event as { task_id: string }).task_id))).toEqual(new Set(taskIds));
  expect(reported).toHaveLength(200);
});

it('looks more rarely while the window is full, until something is to be sent', async () => {
  const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
  await fixture.addNode('n1', 10);
  const taskId = await createUnsentTask(fixture.store, '127.0.0.1-50');
  expect(await dispatchOnce(new Date())).toEqual({ subtasks: 20 });
  const sendsNothing = { subtasks: 0 };
  for (let pass = 1; pass < 4; pass++) expect(await dispatchOnce(new Date())).toEqual(sendsNothing);
  for (let pass = 4; pass < 6; pass++) expect(await dispatchOnce(new Date())).toBeUndefined();
  await fixture.complete(taskId, upTo(5));
  expect((await dispatchOnce(new Date()))?.['subtasks']).toBeGreaterThan(0);
});

describe('an error of one task costs the others nothing:', () => {
  it('a task ends whose targets are unreadable', async () => {
    const { bad, logged } = await dispatchWith((replica, taskId) =>
      withJobSource(replica, taskId, new TargetError('999.0.0.1', 'segment', 'bad')),
    );
    const { status, cursor, status_history } = await fixture.store.tasks.getTask(bad);
    expect([status, cursor, logged]).toMatchObject(['FAILED', 0, [{ task_id: bad, status: 'FAILED' }]]);
    expect(status_history.at(-1)!.reason).toMatch(/^its targets cannot be sent out: /);
  });

  it('a job that cannot be sent is sent by the next pass, from the ledger', async () => {
    const refused = new Error('refused');
    const { bad, logged, expectSent } = await dispatchWith((replica, id) => withJobSource(replica, id, refused));
    expect([await cursorOf(bad), logged]).toEqual([0, [{ task_id: bad, tasks: 1, err: refused }]]);
    await expectSent();
  });

  it('a chunk that is deleted at this moment stops its task', async () => {
    const { bad, logged, expectSent } = await dispatchWith(withDeletedChunk);
    const err = expect.objectContaining({ code: 'cursor_moved' });
    expect([await cursorOf(bad), logged]).toEqual([0, [{ task_id: bad, tasks: 1, err }]]);
    await expectSent();
  });

  it('a cursor that is moved at this moment stays where it is', async () => {
    const { bad, logged } = await dispatchWith(withMovedCursor);
    const err = expect.objectContaining({ code: 'cursor_moved' });
    expect([await cursorOf(bad), logged]).toEqual([3, [{ task_id: bad, tasks: 1, err }]]);
  });

  it('a lease that is lost at this moment stops its task before it writes', async () => {
    const { bad, logged } = await dispatchWith(withLostLease);
    expect([await cursorOf(bad), logged]).toEqual([0, []]);
    expect(await fixture.store.chunks.findAhead([{ task_id: bad, cursor: 0 }])).toEqual(new Map([[bad, []]]));
  });

  /** A pass over four tasks, one of them spoilt: the others go out. */
  async function dispatchWith(spoil: (replica: Replica, bad: string) => Replica) {
    const taskIds = await createTasks(4);
    const bad = taskIds[1]!;
    const good = taskIds.filter((taskId) => taskId !== bad);
    await fixture.addNode('n1', 100);
    const jobs: Job[] = [];
    await fixture.startNode((job) => void jobs.push(job));
    const warn = jest.fn();
    const replica = spoil(await fixture.openReplica('a'), bad);
    await replica.leases.start();
    await createDispatch({ ...replica, logger: { ...fixture.logger, warn } as never }).dispatchOnce(new Date());
    expect(await Promise.all(good.map(cursorOf))).toEqual(good.map(() => TARGETS));
    const sentOf = (taskId: string) => jobs.filter(({ task_id }) => task_id === taskId).flatMap(indexesOf);
    await eventually(() => expect(good.flatMap(sentOf)).toHaveLength(good.length * TARGETS));
    return {
      bad,
      logged: warn.mock.calls.map(([fields]) => fields),
      /** By the next replica, each target once. */
      async expectSent() {
        await replica.leases.stop();
        await createDispatch(await fixture.openReplica('b')).dispatchOnce(new Date());
        expect(await cursorOf(bad)).toBe(TARGETS);
        await eventually(() => expect(ascending(sentOf(bad))).toEqual(upTo(TARGETS)));
      },
    };
  }

  function withJobSource(replica: Replica, bad: string, error: Error): Replica {
    const { tasks } = replica.store;
    const getJobSource: typeof tasks.getJobSource = async (taskId, count) => {
      if (taskId === bad) throw error;
      return tasks.getJobSource(taskId, count);
    };
    return { ...replica, store: { ...replica.store, tasks: { ...tasks, getJobSource } } };
  }

  function withDeletedChunk(replica: Replica, bad: string): Replica {
    const { chunks } = replica.store;
    const openChunks: typeof chunks.openChunks = async (opened) =>
      (await chunks.openChunks(opened)).map((chunk) => (chunk?.task_id === bad ? undefined : chunk));
    return { ...replica, store: { ...replica.store, chunks: { ...chunks, openChunks } } };
  }

  function withMovedCursor(replica: Replica, bad: string): Replica {
    const { chunks } = replica.store;
    const openChunks: typeof chunks.openChunks = async (opened) => {
      await fixture.store.chunks.advanceCursor(bad, 0, 3);
      return chunks.openChunks(opened);
    };
    return { ...replica, store: { ...replica.store, chunks: { ...chunks, openChunks } } };
  }

  function withLostLease(replica: Replica, bad: string): Replica {
    const { leases } = replica;
    let asked = 0;
    const hold: typeof leases.hold = async (taskIds) => {
      const ours = new Set(await leases.hold(taskIds));
      if (taskIds.includes(bad) && ++asked > 1) ours.delete(bad);
      return ours;
    };
    return { ...replica, leases: { ...leases, hold } };
  }
});

it('moves the cursor and renews the lease every 1,000 chunks', async () => {
  const taskId = await createUnsentTask(fixture.store, '127.0.0.0/20');
  // Chunks of one subtask.
  await Promise.all(upTo(300).map((i) => fixture.addNode(`n${i}`, 4)));
  const replica = await fixture.openReplica('a');
  const { leases } = replica;
  const cursors: number[] = [];
  const hold: typeof leases.hold = async (taskIds) => {
    if (taskIds.length > 0) cursors.push(await cursorOf(taskId));
    return leases.hold(taskIds);
  };
  expect(await createDispatch({ ...replica, leases: { ...leases, hold } }).dispatchOnce(new Date())).toEqual({
    subtasks: 2_400,
  });
  expect(cursors).toEqual([0, 0, 1_000, 2_000]);
  expect(await cursorOf(taskId)).toBe(2_400);
});
