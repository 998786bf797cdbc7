import { createBatchApplier } from '../src/apply-batch';
import { createJobSources } from '../src/job-sources';
import { claimOf, queuedTask, report, type StoreFixture, setUpStore } from './store-fixture';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setUpStore();
});
afterAll(() => fixture?.cleanup());

/** A writer during whose first transaction, after its reads and before its writes, `between` is done by another. */
async function openSlowWriter(between: () => Promise<unknown>) {
  const { models, sessions } = await fixture.openParts('slow');
  const getJobSource = createJobSources(models);
  let isFirst = true;
  return createBatchApplier({
    models,
    sessions,
    shard: 'slow',
    async getTargetIndex(taskId, count) {
      if (isFirst) {
        isFirst = false;
        await between();
      }
      return (await getJobSource(taskId, count)).targets;
    },
  });
}

it('decides anew where another writer has changed a subtask between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const claim = claimOf(taskId, 0);
  await fixture.store.taskStates.batchUpdateSubTasks([report(claim, 'SCANNING')]);
  const completed = [report(claim, 'COMPLETED')];
  const apply = await openSlowWriter(() => fixture.store.taskStates.batchUpdateSubTasks(completed));

  const { results, steps } = await apply([...completed, report(claimOf(taskId, 1), 'ASSIGNED')], new Date());
  expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'applied']);
  expect(steps).toMatchObject([{ subtask_id: `${taskId}-1`, status: 'ASSIGNED' }]);
  expect(await fixture.store.taskStates.getTaskProgress(taskId)).toMatchObject({
    completed_count: 1,
    assigned_count: 1,
    scanning_count: 0,
    pending_count: 2,
  });
});

it('decides anew where another writer has made a subtask’s document between the read and the write', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  const other = claimOf(taskId, 0, 1, 'node-2');
  const apply = await openSlowWriter(() => fixture.store.taskStates.batchUpdateSubTasks([report(other, 'SCANNING')]));

  const { results } = await apply([report(claimOf(taskId, 0), 'COMPLETED')], new Date());
  expect(results).toEqual([{ outcome: 'stale' }]);
  expect(await fixture.store.subTasks.getSubTask(`${taskId}-0`)).toMatchObject({ lease_id: other.lease });
  expect(await fixture.store.taskStates.getTaskProgress(taskId)).toMatchObject({ scanning_count: 1, pending_count: 3 });
});
