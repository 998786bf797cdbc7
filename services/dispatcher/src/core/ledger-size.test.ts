import { type PlanTask, planDispatch } from './plan-dispatch';
import { NO_COUNTS, observePools, type PoolObservation } from './pool';

const PASS_MS = 500;
const MINUTES = 3;
/** A chunk is deleted no sooner than this after it was sent, and a pass deletes no more than this number. */
const SETTLE_AFTER_MS = 5_000;
const MAX_LOOKS = 5_000;

const fleet = (count: number, capacity: number) => new Array<number>(count).fill(capacity);

/**
 * The most chunks that the ledger has at once while a fleet works on a /8. The scans end in the order in which they are
 * sent, and a chunk stays until all of its scans have ended: longer than in truth, where it goes once all have begun.
 */
function findLargestLedger(capacities: readonly number[], scanSeconds: number): number {
  const nodes = capacities.map((capacity) => ({ status: 'online' as const, capacity, pools: ['default'] }));
  const task: PlanTask = {
    task_id: '0'.repeat(24),
    status: 'RUNNING',
    config: { pool: 'default', priority: 5 },
    scan: { method: 'connect' },
    cursor: 0,
    total_targets: 2 ** 24,
    counts: { ...NO_COUNTS },
  };
  const perPass = (capacities.reduce((sum, each) => sum + each, 0) * PASS_MS) / 1_000 / scanSeconds;
  const ledger: { end: number; sentMs: number }[] = [];
  let deleted = 0;
  let largest = 0;
  let closed = 0;
  let observed: PoolObservation | undefined;
  for (let nowMs = 0; nowMs < MINUTES * 60_000 && task.cursor < task.total_targets; nowMs += PASS_MS) {
    if (nowMs >= scanSeconds * 1_000) closed = Math.min(task.cursor, closed + perPass);
    task.counts = { ...task.counts, closed: Math.floor(closed) };
    observed = observePools(observed, { tasks: [task], nodes, now: new Date(nowMs) });
    for (const { first_index, count } of planDispatch({ tasks: [task], pools: observed.pools }).chunks) {
      task.cursor = first_index + count;
      ledger.push({ end: task.cursor, sentMs: nowMs });
    }
    largest = Math.max(largest, ledger.length - deleted);
    const isOver = (chunk?: { end: number; sentMs: number }) =>
      chunk !== undefined && chunk.end <= closed && nowMs - chunk.sentMs >= SETTLE_AFTER_MS;
    for (let looks = 0; looks < MAX_LOOKS && isOver(ledger[deleted]); looks++) deleted++;
  }
  return largest;
}

it.each<[string, number[], number]>([
  ['1,000 nodes of 64 slots, a minute per scan', fleet(1_000, 64), 60],
  ['1,000 nodes of 7 slots, a minute per scan', fleet(1_000, 7), 60],
  ['10,000 nodes of 4 slots, 10 s per scan', fleet(10_000, 4), 10],
  ['1,000 nodes of 4 slots and 400 of 1,000, a minute per scan', [...fleet(1_000, 4), ...fleet(400, 1_000)], 60],
  ['1,000 nodes of 4 slots, 0.3 s per scan', fleet(1_000, 4), 0.3],
  ['one node of one slot', [1], 1],
])('the ledger of a /8 stays under 100,000 chunks: %s', (_fleet, capacities, scanSeconds) => {
  expect(findLargestLedger(capacities, scanSeconds)).toBeLessThan(100_000);
});
