import { upTo } from '@cyberstroll/testkit';
import { createSettleEnded } from '../src/sweeps/settle-ended-once';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

/** Times after now, however long what is done between them takes. */
function clockFromNow() {
  const begun = Date.now();
  return (ms: number) => new Date(begun + ms);
}
const unsettled = (taskId: string) =>
  fixture.store.chunks.findUnsettled({ task_id: taskId, dispatchedBefore: clockFromNow()(100_000), limit: 100 });

describe('settle-ended', () => {
  it('closes the ledger of tasks that will send out nothing more, and keeps that of those an operator may retry', async () => {
    const after = clockFromNow();
    const cancelled = await fixture.createTask('127.0.0.0/28');
    await fixture.store.chunks.openChunk({ task_id: cancelled, first_index: 0, count: 16, now: after(0) });
    const failed = await fixture.createTask('127.0.1.0/28');
    await fixture.store.chunks.openChunk({ task_id: failed, first_index: 0, count: 8, now: after(0) });
    await fixture.store.tasks.updateTaskStatus(failed, 'QUEUED', 'test');
    await fixture.store.tasks.updateTaskStatus(failed, 'FAILED', 'test');
    await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
    // It may be retried too, and has nothing that no node has touched.
    const completed = await fixture.createTask('127.0.2.0/30');
    await fixture.store.chunks.openChunk({ task_id: completed, first_index: 0, count: 4, now: after(0) });
    for (const status of ['QUEUED', 'RUNNING', 'COMPLETED'] as const) {
      await fixture.store.tasks.updateTaskStatus(completed, status, 'test');
    }
    expect((await createSettleEnded(fixture)(after(6_000)))['settled']).toBeGreaterThan(0);
    expect(await unsettled(cancelled)).toEqual([]);
    expect(await unsettled(completed)).toEqual([]);
    expect(await unsettled(failed)).toHaveLength(1);
  });

  it('reaches a cancelled task though more open tasks than a pass looks at have older chunks', async () => {
    const after = clockFromNow();
    const openChunk = (task_id: string, ms: number) =>
      fixture.store.chunks.openChunk({ task_id, first_index: 0, count: 8, now: after(ms) });
    for (const _ of upTo(5)) await openChunk(await fixture.createTask('127.0.1.0/28'), 0);
    const cancelled = await fixture.createTask('127.0.2.0/28');
    await openChunk(cancelled, 1_000);
    await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
    const settleEndedOnce = createSettleEnded(fixture, { page: 2 });
    const passes: number[] = [];
    for (const _ of upTo(3)) passes.push((await settleEndedOnce(after(7_000)))['settled']!);
    expect(passes.reduce((sum, settled) => sum + settled)).toBe(1);
    expect(await unsettled(cancelled)).toEqual([]);
  });
});
