import { countClosed, countOpen, type Progress } from '@cyberstroll/contracts';
import type { IncomingUpdate } from '@cyberstroll/task-state';
import { createBatchApplier } from '../src/subtasks/apply-batch';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const apply = (...updates: IncomingUpdate[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);
const subTask = (taskId: string, index: number) => fixture.store.subTasks.getSubTask(`${taskId}-${index}`);
const sumOf = (p: Progress) => p.pending_count + countOpen(p) + countClosed(p);

it('writes a subtask once per batch, however many updates came for it, with every step in its history', async () => {
  const taskId = await queuedTask(fixture.store);
  const { connection, db, sessions } = await fixture.openParts('updater-2');
  const getTargetIndex = async (id: string, count: number) =>
    (await fixture.store.tasks.getJobSource(id, count)).targets;
  const applyBatch = createBatchApplier({ db, sessions, shard: 'updater-2', getTargetIndex });
  const written: number[] = [];
  connection.getClient().on('commandStarted', ({ command }) => {
    if ([command['insert'], command['update']].includes('subtasks')) {
      written.push((command['documents'] ?? command['updates']).length);
    }
  });
  const [fresh, known] = [0, 1].map((index) => claimOf(taskId, index));
  await applyBatch([report(known!, 'ASSIGNED')], new Date());
  expect(written.splice(0)).toEqual([1]);

  const { results } = await applyBatch(
    [
      ...(['ASSIGNED', 'SCANNING', 'COMPLETED'] as const).map((status) => report(fresh!, status)),
      ...(['SCANNING', 'COMPLETED'] as const).map((status) => report(known!, status)),
    ],
    new Date(),
  );
  expect(results).toEqual(Array(5).fill({ outcome: 'applied' }));
  // One insert of one document, one replacement.
  expect(written).toEqual([1, 1]);
  for (const index of [0, 1]) {
    const { status_history } = await subTask(taskId, index);
    expect(status_history.map((entry) => entry.status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
  }
});

it('counts a batch that is delivered again as duplicates, and moves no counter', async () => {
  const taskId = await queuedTask(fixture.store);
  const batch = [0, 1, 2].map((index) => report(claimOf(taskId, index), 'COMPLETED'));
  await apply(...batch);
  const before = (await fixture.store.tasks.getStanding(taskId)).snapshot.progress;
  const again = await apply(...batch);
  expect(again.results.map((result) => result.outcome)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toEqual(before);
  expect(before).toMatchObject({ completed_count: 3, pending_count: 253, total_targets: 256 });
});

it('keeps exact counters when four writers apply the same and different updates at once', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/24');
  const writers = [
    fixture.store,
    ...(await Promise.all(['b', 'c', 'd'].map((name) => fixture.openStore(`updater-${name}`)))),
  ];
  const claims = Array.from({ length: 256 }, (_, index) => claimOf(taskId, index));
  const chunksOf32 = Array.from({ length: 8 }, (_, i) => claims.slice(i * 32, i * 32 + 32));
  await Promise.all(
    chunksOf32.flatMap((chunk, i) =>
      (['ASSIGNED', 'SCANNING', 'COMPLETED'] as const).flatMap((status, j) =>
        [0, 1].map((twice) =>
          writers[(i + j + twice) % 4]!.subTasks.batchUpdateSubTasks(chunk.map((claim) => report(claim, status))),
        ),
      ),
    ),
  );
  const progress = (await fixture.store.tasks.getStanding(taskId)).snapshot.progress;
  expect(progress).toMatchObject({ completed_count: 256, assigned_count: 0, scanning_count: 0, pending_count: 0 });
  expect(sumOf(progress)).toBe(256);
  expect(progress.progress_percentage).toBe(100);
});

it('takes no new assignment in a task that has ended', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1-127.0.0.4');
  await apply(report(claimOf(taskId, 0), 'SCANNING'));
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  await fixture.store.tasks.calculateTaskProgress(taskId);
  expect((await apply(report(claimOf(taskId, 1), 'ASSIGNED'))).results).toEqual([{ outcome: 'stale' }]);
  expect(await subTask(taskId, 1)).toMatchObject({ status: 'CANCELLED' });
});

it('retries a lost node for free, and gives up after as many losses as allowed', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1', { max_retries: 0 });
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect((await apply(report(claimOf(taskId, 0, attempt), 'SCANNING'))).results).toEqual([{ outcome: 'applied' }]);
    const { lease_id } = await subTask(taskId, 0);
    const lost = {
      ...report(claimOf(taskId, 0, attempt), 'FAILED', { lease_id: lease_id!, ...failure('NODE_LOST') }),
      sender: { operator: 'heartbeat-monitor' },
    };
    expect((await apply(lost)).results).toEqual([{ outcome: 'applied' }]);
  }
  expect(await subTask(taskId, 0)).toMatchObject({
    status: 'FAILED',
    node_losses: 5,
    retry_count: 0,
    error_info: { error_code: 'NODE_LOST_LIMIT' },
  });
  expect((await fixture.store.tasks.calculateTaskProgress(taskId)).snapshot.status).toBe('FAILED');

  await fixture.store.tasks.reopenTask(taskId, 'again', 'alice');
  await fixture.store.taskStates.retrySubTask(`${taskId}-0`, 'alice');
  const claim = claimOf(taskId, 0, 6);
  await apply(report(claim, 'SCANNING'));
  await apply(report(claim, 'FAILED', failure('NODE_DRAINING')));
  expect(await subTask(taskId, 0)).toMatchObject({ status: 'RETRYING', attempt: 7, node_losses: 0 });
  expect((await fixture.store.statistics.getTaskStatistics(taskId)).node_losses_total).toBe(5);
});
