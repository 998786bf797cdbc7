import type { LimitNumbers, LimitState } from '@cyberstroll/contracts';
import { createHeadroom, toBurst } from '@cyberstroll/task-state';
import fc from 'fast-check';
import { type PlanTask, planDispatch } from './plan-dispatch';
import { NO_COUNTS, type Pool } from './pool';

const PASS_MS = 50;
const MINUTE_MS = 60_000;
const POOL: Pool = {
  capacity: 1_000,
  nodes: 2,
  median_capacity: 500,
  limits: new Map(),
  rate: 100,
  window: 2_000,
};

interface Given {
  priority: number;
  /** How long each of its scans takes, in milliseconds. */
  scanMs: number;
  pool: string;
  /** It wants nothing from the first time to the second, in milliseconds. */
  isAway?: readonly [from: number, to: number];
}

/** Passes over these tasks, all under one limit. Resolves with the starts of each, and its seconds of slots. */
function simulate(numbers: LimitNumbers, given: readonly Given[], untilMs: number, countedFromMs: number) {
  let state: LimitState = {};
  const priorities = new Map(given.map(({ priority }, i) => [`t${i}`, priority]));
  const tasks = given.map(({ priority, pool }, i): PlanTask => {
    const config = { pool, priority };
    const counts = { ...NO_COUNTS };
    return {
      task_id: `t${i}`,
      status: 'RUNNING',
      config,
      scan: { method: 'connect' },
      cursor: 0,
      total_targets: 1e9,
      counts,
    };
  });
  const ends: { i: number; atMs: number }[] = [];
  const starts = given.map(() => 0);
  const slotSeconds = given.map(() => 0);
  for (let nowMs = 0; nowMs < untilMs; nowMs += PASS_MS) {
    for (const { i } of takeEnded(ends, nowMs)) tasks[i]!.counts.closed++;
    const held = new Map(tasks.map(({ task_id, cursor, counts }) => [task_id, cursor - counts.closed]));
    const outstanding = [...held.values()].reduce((sum, each) => sum + each, 0);
    if (nowMs >= countedFromMs) {
      for (const [id, out] of held) slotSeconds[Number(id.slice(1))]! += (out * PASS_MS) / 1_000;
    }
    const standing = { key: 'l', numbers, state, tasks: new Set(priorities.keys()), priorities, held };
    const now = new Date(MINUTE_MS + nowMs);
    const headroom = createHeadroom([{ ...standing, use: { outstanding, not_begun: 0 } }], now);
    const isThere = (_: unknown, i: number) =>
      nowMs < (given[i]!.isAway?.[0] ?? untilMs) || nowMs >= given[i]!.isAway![1];
    const pools = new Map(['a', 'b'].map((name) => [name, POOL]));
    for (const { task_id, count } of planDispatch({ tasks: tasks.filter(isThere), pools, headroom }).chunks) {
      const i = Number(task_id.slice(1));
      tasks[i]!.cursor += count;
      if (nowMs >= countedFromMs) starts[i]! += count;
      ends.push(...Array.from({ length: count }, () => ({ i, atMs: nowMs + given[i]!.scanMs })));
    }
    state = headroom.toStates().get('l') ?? state;
  }
  return { starts, slotSeconds };
}

function takeEnded(ends: { i: number; atMs: number }[], nowMs: number) {
  const ended = ends.filter(({ atMs }) => atMs <= nowMs);
  ends.splice(0, ends.length, ...ends.filter(({ atMs }) => atMs > nowMs));
  return ended;
}

const toShares = (values: readonly number[]) => {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
};
const anyPriority = fc.integer({ min: 1, max: 10 });
const anyPool = fc.constantFrom('a', 'b');

/** Burst 1, 2 and 8. */
it.each([2.5, 5, 20])('tasks share %d starts per second by their priority, within a tenth over a minute', (rate) => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ priority: anyPriority, pool: anyPool, scanMs: fc.constantFrom(10, 300, 4_000) }), {
        minLength: 2,
        maxLength: 10,
      }),
      (given) => {
        const { starts } = simulate({ max_starts_per_second: rate }, given, MINUTE_MS, 0);
        const all = starts.reduce((a, b) => a + b, 0);
        expect(all).toBeGreaterThan(rate * 58);
        toShares(given.map(({ priority }) => priority)).forEach((share, i) => {
          const fair = share * all;
          expect(Math.abs(starts[i]! - fair)).toBeLessThanOrEqual(Math.max(fair / 10, toBurst(rate)));
        });
      },
    ),
    { numRuns: 12 },
  );
});

it('a task that was away catches nothing up, and loses nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(2.5, 5, 20),
      fc.array(anyPriority, { minLength: 2, maxLength: 10 }),
      fc.integer({ min: 0, max: 50_000 }),
      (rate, priorities, awayFor) => {
        const given = priorities.map((priority) => ({ priority, pool: 'a', scanMs: 300 }));
        const isAway = [5_000, 5_000 + awayFor] as const;
        const back = [{ ...given[0]!, isAway }, ...given.slice(1)];
        const { starts } = simulate({ max_starts_per_second: rate }, back, isAway[1] + MINUTE_MS, isAway[1]);
        const all = starts.reduce((a, b) => a + b, 0);
        toShares(priorities).forEach((share, i) => {
          const fair = share * all;
          expect(Math.abs(starts[i]! - fair)).toBeLessThanOrEqual(Math.max(fair / 10, toBurst(rate) + 1));
        });
      },
    ),
    { numRuns: 12 },
  );
});

it('tasks share slots by their priority, however few slots there are and however long their scans take', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(
        fc.record({ priority: anyPriority, pool: fc.constant('a'), scanMs: fc.constantFrom(1_000, 2_000, 3_000) }),
        {
          minLength: 2,
          maxLength: 6,
        },
      ),
      (max_concurrent, given) => {
        const { slotSeconds } = simulate({ max_concurrent }, given, 2 * MINUTE_MS, MINUTE_MS);
        const all = slotSeconds.reduce((a, b) => a + b, 0);
        toShares(given.map(({ priority }) => priority)).forEach((share, i) => {
          const fair = share * all;
          expect(Math.abs(slotSeconds[i]! - fair)).toBeLessThanOrEqual(fair / 10 + 3 * (max_concurrent + 1));
        });
      },
    ),
    { numRuns: 12 },
  );
});
