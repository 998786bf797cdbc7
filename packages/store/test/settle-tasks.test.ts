import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import { settleTasks } from '../src/tasks/roll-up';
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
  unsentTask,
  withStoppedClock,
} from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const apply = (id: string, status: 'SCANNING' | 'FAILED') =>
  fixture.store.subTasks.batchUpdateSubTasks([
    report(claimOf(id, 0), status, status === 'FAILED' ? failure('INTERNAL_ERROR') : {}),
  ]);

/** Of one subtask, which has failed. */
async function createFailedTask(): Promise<string> {
  const id = await queuedTask(fixture.store, '10.0.0.1', { max_retries: 0 });
  await apply(id, 'FAILED');
  await fixture.store.tasks.calculateTaskProgress(id);
  return id;
}
const isSettled = async (id: string) => (await fixture.store.tasks.getTask(id)).settled;

it('settles many ended tasks by a fixed number of commands, with their ledger, and no other task', async () => {
  const store = createStore({
    uri: toRecordableUri(fixture.testbed.mongodb_uri),
    instance: 'recorded',
    logger: silent,
  });
  await store.start();
  const ended = await Promise.all(Array.from({ length: 10 }, createFailedTask));
  const unsent = await unsentTask(fixture.store, '10.0.0.0/30');
  await fixture.store.chunks.openChunk({ task_id: unsent, first_index: 0, count: 4, now: new Date() });
  await fixture.store.tasks.updateTaskStatus(unsent, 'CANCELLED', 'enough');
  const held = await queuedTask(fixture.store, '10.0.0.0/30');
  await apply(held, 'SCANNING');
  await fixture.store.tasks.updateTaskStatus(held, 'CANCELLED', 'enough');
  const open = await queuedTask(fixture.store, '10.0.0.0/30');
  const { settled, recording } = await withStoppedClock(async () => {
    // The first read asks for the pace of the fleet.
    expect(await store.tasks.settleTasks([open])).toEqual([]);

    const recording = recordCommands();
    const settled = await store.tasks.settleTasks([...ended, unsent, held, open, 'f'.repeat(24)]);
    recording.stop();
    return { settled, recording };
  });
  await store.stop();
  expect(toNames(recording.commands)).toEqual([
    'find tasks',
    'find task_progress',
    'update tasks',
    'update chunks',
    'update tasks',
  ]);
  expect(settled.map(({ task_id }) => task_id).sort()).toEqual([...ended, unsent].sort());
  expect(await Promise.all([...ended, unsent].map(isSettled))).toEqual(Array(11).fill(true));
  expect(await Promise.all([held, open].map(isSettled))).toEqual([false, false]);
  const unsettledChunks = { task_id: unsent, dispatchedBefore: new Date(Date.now() + 1_000), limit: 10 };
  expect(await fixture.store.chunks.findUnsettled(unsettledChunks)).toEqual([]);
  // The document of a task that ended by a command shows its last progress.
  expect((await fixture.store.tasks.getTask(unsent)).progress).toMatchObject({ pending_count: 0, cancelled_count: 4 });
});

it('does not settle a task that an operator takes up again between the read and the write', async () => {
  const [reopened, other] = [await createFailedTask(), await createFailedTask()];
  const { db, sessions } = await fixture.openParts('slow');
  const slow = withBetween(db, 'tasks', 'bulkWrite', async () => {
    await fixture.store.tasks.reopenTask(reopened, 'again', 'otto', { all: true });
  });
  const settled = await settleTasks(
    { db: slow, writer: createTaskWriter(slow, sessions), getFleetPace: async () => undefined },
    [reopened, other],
  );
  expect(settled.map(({ task_id }) => task_id)).toEqual([other]);
  expect([await isSettled(reopened), await isSettled(other)]).toEqual([false, true]);
});
