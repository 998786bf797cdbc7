import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

async function useOf(taskId: string) {
  const config = { pool: 'default', max_concurrent: 1 };
  return (await fixture.store.limits.findStanding([{ task_id: taskId, config }]))[0]!.use;
}
const apply = (...updates: ReturnType<typeof report>[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);

it('counts against a limit what was sent out and is not closed, and what of it has not started', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.0.0/27', { retry_delay: 0 });
  const sent = 16;
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: sent, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, sent);
  expect(await useOf(taskId)).toEqual({ outstanding: sent, not_begun: sent });

  await apply(
    report(claimOf(taskId, 0), 'ASSIGNED'),
    report(claimOf(taskId, 1), 'SCANNING'),
    report(claimOf(taskId, 2), 'COMPLETED'),
    report(claimOf(taskId, 3), 'FAILED', failure('INTERNAL_ERROR')),
  );
  // The retry is not sent.
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 2, not_begun: sent - 3 });
  await store.subTasks.markRetriesSent([`${taskId}-3`], new Date(Date.now() + 60_000));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 2 });
  // Who claims a retry holds it, though it stays RETRYING.
  const again = claimOf(taskId, 3, 2);
  await apply(report(again, 'ASSIGNED'));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 2 });
  await apply(report(again, 'SCANNING'));
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 3 });

  // For a moment nodes may not know of the pause.
  await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  await store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
  expect(await useOf(taskId)).toEqual({ outstanding: sent - 1, not_begun: sent - 3 });
});

it('counts what a sender has written down and may have sent before it died', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.1.0/27');
  const before = (await useOf(taskId)).outstanding;
  await store.chunks.openChunk({ task_id: taskId, first_index: 100, count: 7, now: new Date() });
  expect((await useOf(taskId)).outstanding).toBe(before + 7);
});

it('does not take for done what an exclusion has cancelled before it was sent', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.2.0/27');
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 8, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, 8);
  const cancelled = [7, 8, 9, 20].map((index) => ({
    sender: { operator: 'retry-scheduler' },
    update: { task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, status: 'CANCELLED' as const },
  }));
  await store.subTasks.batchUpdateSubTasks(cancelled);
  expect((await useOf(taskId)).outstanding).toBe(7);
});

it('counts of a task that has been paused for a while what nodes hold, with the retries that they have claimed', async () => {
  const { store } = fixture;
  const taskId = await queuedTask(store, '127.0.3.0/28', { retry_delay: 0 });
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 16, now: new Date() });
  await store.chunks.advanceCursor(taskId, 0, 16);
  await apply(report(claimOf(taskId, 0), 'SCANNING'), report(claimOf(taskId, 1), 'FAILED', failure('INTERNAL_ERROR')));
  await store.subTasks.markRetriesSent([`${taskId}-1`], new Date(Date.now() + 60_000));
  await apply(report(claimOf(taskId, 1, 2), 'ASSIGNED'));
  await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  await store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
  const { db } = await fixture.openParts('clock');
  await db.tasks.updateOne({ task_id: taskId }, { $set: { paused_time: new Date(Date.now() - 60_000) } });
  expect(await useOf(taskId)).toEqual({ outstanding: 2, not_begun: 1 });
});
