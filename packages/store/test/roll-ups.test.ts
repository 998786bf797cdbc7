import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore, type FoundRollUp, type Store, type TaskWrite } from '../src';
import { claimOf, queuedTask, report, type StoreFixture, setup, silent, toNames, withStoppedClock } from './setup';

let fixture: StoreFixture;
/** What it asks of MongoDB is recorded. */
let store: Store;
beforeAll(async () => {
  fixture = await setup();
  const uri = toRecordableUri(fixture.testbed.mongodb_uri);
  store = createStore({ uri, instance: 'recorded', logger: silent });
  await store.start();
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

const toWrites = (rollUps: readonly FoundRollUp[]): TaskWrite[] => rollUps.flatMap(({ write }) => write ?? []);
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
  let rollUps: FoundRollUp[] = [];
  const reads = await withStoppedClock(async () => {
    // The pace of the fleet is read at most every ten seconds.
    await store.tasks.findRollUps(ids);
    return record(async () => {
      rollUps = await store.tasks.findRollUps(ids);
    });
  });
  expect(reads).toEqual(['find tasks', 'find task_progress']);
  expect(new Set(rollUps.map(({ snapshot }) => snapshot.task_id))).toEqual(new Set(ids));
  expect(rollUps.map(({ snapshot, isDue }) => [snapshot.progress.completed_count, isDue])).toEqual(
    ids.map(() => [2, false]),
  );
  expect(await findShown(ids[0]!)).toBe(1);
  const writes = await record(async () => expect(await store.tasks.writeProgress(toWrites(rollUps))).toEqual([]));
  expect(writes).toEqual(['update tasks']);
  for (const id of ids) expect(await findShown(id)).toBe(2);
  expect(toWrites(await store.tasks.findRollUps(ids))).toEqual([]);
});

it('finds due transitions, writes none of them, and leaves a task out that does not exist', async () => {
  const [begun, ended] = [
    await queuedTask(fixture.store, '10.0.0.0/30'),
    await queuedTask(fixture.store, '10.0.0.0/30'),
  ];
  await complete(begun, [0]);
  await complete(ended, [0, 1, 2, 3]);
  const found = await store.tasks.findRollUps([begun, ended, 'f'.repeat(24)]);
  const seen = found.map(({ snapshot: { task_id, status }, isDue, write }) => [task_id, status, isDue, write]);
  expect(seen.sort()).toEqual([begun, ended].sort().map((id) => [id, 'QUEUED', true, undefined]));
  expect((await fixture.store.tasks.getTask(ended)).status).toBe('QUEUED');
});

it('never writes progress over newer progress, or over a command of an operator, and says so', async () => {
  const [newer, paused, other] = await createMovingTasks(3);
  const writes = toWrites(await store.tasks.findRollUps([newer!, paused!, other!]));
  await complete(newer!, [2]);
  await fixture.store.tasks.calculateTaskProgress(newer!);
  await fixture.store.tasks.updateTaskStatus(paused!, 'PAUSED', 'test');
  // Newer progress is no reason to read the task again.
  expect(await store.tasks.writeProgress(writes)).toEqual([paused!]);
  expect(await findShown(newer!)).toBe(3);
  expect(await findShown(paused!)).toBe(1);
  expect(await findShown(other!)).toBe(2);
  // Another read finds what is left.
  expect(await store.tasks.writeProgress(toWrites(await store.tasks.findRollUps([newer!, paused!])))).toEqual([]);
  expect(await findShown(paused!)).toBe(2);
});
