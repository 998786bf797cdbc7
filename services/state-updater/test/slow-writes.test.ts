import { delayWrites, eventually } from '@cyberstroll/testkit';
import { type Fixture, setup, toCompleted } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup({ updaters: 4, variables: { BATCH_ENVELOPES: '1', PREFETCH: '2' } });
});
afterAll(() => fixture?.cleanup());

/** Longer than a lease lasts: every writer looks dead. */
const SLOW_MS = 8_000;

it('with writes that take eight seconds, four updaters end no session of each other and lose no update', async () => {
  const { proxy, deadLetters } = fixture;
  const taskId = await fixture.createTask('127.0.0.0/26');
  const kills = proxy.countRequests('killSessions');
  const leases = proxy.countRequests('update\0\x07\0\0\0leases\0');
  const conflicts = proxy.countRequests('abortTransaction');
  const restore = delayWrites(proxy, SLOW_MS);
  for (let index = 0; index < 64; index++) await fixture.send([toCompleted(taskId, index)]);
  // Each has renewed its lease, late, and some are held up by others: their first counts in a task collide.
  await eventually(() => expect(leases.count).toBeGreaterThanOrEqual(8), { timeoutMs: 120_000, intervalMs: 200 });
  restore();
  await eventually(() => expect(conflicts.count).toBeGreaterThan(0), { timeoutMs: 120_000, intervalMs: 200 });
  await fixture.expectApplied(taskId, 64);
  expect([kills.count, deadLetters]).toEqual([0, []]);
});
