import { recordCommands } from '@cyberstroll/testkit';
import { createShardOpener } from '../src/subtasks/open-shards';
import { claimOf, queuedTask, report, type StoreFixture, setup, toNames } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const createTasks = () =>
  Promise.all(Array.from({ length: 4 }, () => queuedTask(fixture.store, '127.0.0.1-127.0.0.2')));

it('reads once for a batch which counters were counted in, where it does not remember them', async () => {
  const { db } = await fixture.openParts('opener');
  const open = createShardOpener(db, 2);
  async function record(taskIds: readonly string[]) {
    const recording = recordCommands();
    await open('updater-1', new Set(taskIds));
    recording.stop();
    return toNames(recording.commands);
  }
  const ids = await createTasks();
  const claims = ids.map((taskId) => claimOf(taskId, 0));
  await fixture.store.subTasks.batchUpdateSubTasks(claims.map((claim) => report(claim, 'SCANNING')));
  for (let batch = 0; batch < 2; batch++) expect(await record(ids)).toEqual(['find task_progress']);
  await record(ids.slice(0, 1));
  expect(await record(ids.slice(0, 1))).toEqual([]);
  for (const id of ids) expect((await fixture.store.tasks.getTask(id)).fence).toBe(1);

  const fresh = await createTasks();
  const opened = ['find task_progress', 'find tasks', 'update task_progress', 'update tasks'];
  expect(await record([...ids, ...fresh])).toEqual(opened);
  expect((await fixture.store.tasks.getTask(fresh[0]!)).fence).toBe(1);
});
