import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore, type ProgressWrite, type RollUp, type Store } from '../src';
import { claimOf, queuedTask, report, type StoreFixture, setup, silent, toNames, withStoppedClock } from './setup';

let fixture: StoreFixture;
/** What it asks of MongoDB is recorded. */
let store: Store;
beforeAll(async () => {
  fixture = await setup();
  const uri = toRecordableUri(fixture.testbed.mongodb_uri);
  store = createStore({ uri, instance: 'recorded', logger: silent });
  await store.start();
  // The first read of a snapshot asks what the server is.
  await store.tasks.findRollUps([]);
});
afterAll(async () => {
  await store?.stop();
  await fixture?.cleanup();
});

const complete = (taskId: string, indexes: readonly number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED')));

/** Tasks that are RUNNING, with one of four subtasks completed, and one more that their documents do not show. */
async function createMovingTasks(count: number): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => queuedTask(fixture.store, '10.0.0.0/30')));
  for (const id of ids) {
    await complete(id, [0]);
    await fixture.store.tasks.calculateTaskProgress(id);
    await complete(id, [1]);
  }
  return ids;
}

const toWrites = (rollUps: readonly RollUp[]): ProgressWrite[] => rollUps.flatMap(({ write }) => write ?? []);
const findShown = async (taskId: string) => (await fixture.store.tasks.getTask(taskId)).progress.completed_count;

async function record(call: () => Promise<unknown>): Promise<string[]> {
  const recording = recordCommands();
  try {
    await call();
  } finally {
    recording.stop();
  }
  return toNames(recording.commands);
}

it('reads and writes the progress of many tasks by a fixed number of commands', async () => {
  const ids = await createMovingTasks(20);
  let rollUps: RollUp[] = [];
  const reads = await withStoppedClock(async () => {
    // The pace of the fleet is read at most every ten seconds.
    await store.tasks.findRollUps(ids);
    return record(async () => {
      rollUps = await store.tasks.findRollUps(ids);
    });
  });
  expect(reads).toEqual(['find tasks', 'find task_progress', 'abortTransaction']);
  expect(new Set(rollUps.map(({ snapshot }) => snapshot.task_id))).toEqual(new Set(ids));
  expect(rollUps.map(({ snapshot, steps }) => [snapshot.progress.completed_count, steps])).toEqual(
    ids.map(() => [2, []]),
  );
  expect(await findShown(ids[0]!)).toBe(1);
  const writes = await record(async () => expect(await store.tasks.writeProgress(toWrites(rollUps))).toEqual([]));
  expect(writes).toEqual(['update tasks']);
  for (const id of ids) expect(await findShown(id)).toBe(2);
  expect(toWrites(await store.tasks.findRollUps(ids))).toEqual([]);
});

it('makes many tasks RUNNING by one command, each once and in the name of the operator', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => queuedTask(fixture.store, '10.0.0.0/30')));
  for (const id of ids) await complete(id, [0]);
  const found = await store.tasks.findRollUps(ids, 'ada');
  expect(found.map(({ snapshot, steps }) => [snapshot.status, steps.length])).toEqual(ids.map(() => ['QUEUED', 1]));
  const others = await fixture.store.tasks.findRollUps(ids.slice(0, 2), 'bob');
  expect(await fixture.store.tasks.writeProgress(toWrites(others))).toEqual([]);
  const left = await store.tasks.writeProgress(toWrites(found));
  expect(left.map(({ task_id }) => task_id).sort()).toEqual(ids.slice(0, 2).sort());
  for (const id of ids) {
    const { status, status_history, rev, progress, progress_seq, started_time } = await fixture.store.tasks.getTask(id);
    const operators = status_history.filter((entry) => entry.status === 'RUNNING').map(({ operator }) => operator);
    expect([status, progress.completed_count, operators]).toEqual([
      'RUNNING',
      1,
      [ids.indexOf(id) < 2 ? 'bob' : 'ada'],
    ]);
    expect(started_time).toBeInstanceOf(Date);
    const { snapshot } = await fixture.store.tasks.calculateTaskProgress(id);
    expect([snapshot.rev, snapshot.seq]).toEqual([rev, progress_seq]);
  }
});

it('leaves the end of a task to the roll-up of that task alone, and a task out that does not exist', async () => {
  const id = await queuedTask(fixture.store, '10.0.0.0/30');
  await complete(id, [0, 1, 2, 3]);
  const found = await store.tasks.findRollUps([id, 'f'.repeat(24)]);
  expect(found).toMatchObject([
    { snapshot: { task_id: id, status: 'QUEUED' }, steps: [{ status: 'RUNNING' }, { status: 'COMPLETED' }] },
  ]);
  expect(toWrites(found)).toEqual([]);
});

it('never writes progress over newer progress, or over a command of an operator, and says so', async () => {
  const [newer, paused, other] = await createMovingTasks(3);
  const writes = toWrites(await store.tasks.findRollUps([newer!, paused!, other!]));
  await complete(newer!, [2]);
  await fixture.store.tasks.calculateTaskProgress(newer!);
  await fixture.store.tasks.updateTaskStatus(paused!, 'PAUSED', 'test');
  const left = await store.tasks.writeProgress(writes);
  expect(left.map(({ task_id }) => task_id).sort()).toEqual([newer!, paused!].sort());
  expect(await findShown(newer!)).toBe(3);
  expect(await findShown(paused!)).toBe(1);
  expect(await findShown(other!)).toBe(2);
  // Another look finds what is left.
  expect(await store.tasks.writeProgress(toWrites(await store.tasks.findRollUps([newer!, paused!])))).toEqual([]);
  expect(await findShown(paused!)).toBe(2);
});
