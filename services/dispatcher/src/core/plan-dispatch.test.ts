import { createHeadroom } from '@cyberstroll/task-state';
import fc from 'fast-check';
import { countOutstanding, type PlanTask, planDispatch } from './plan-dispatch';
import { NO_COUNTS, type Pool } from './pool';

const FLEET = { capacity: 200, nodes: 2, median_capacity: 100, limits: new Map<string, number>() };
const SLOW: Pool = { ...FLEET, rate: 0, window: 400 };
const FAST: Pool = { ...FLEET, rate: 20_000, window: 40_000 };

function task(overrides: Partial<PlanTask> & { priority?: number; pool?: string; method?: string } = {}): PlanTask {
  const { priority = 5, pool = 'default', method = 'connect', ...rest } = overrides;
  return {
    task_id: 'a'.repeat(24),
    status: 'RUNNING',
    config: { pool, priority },
    scan: { method },
    cursor: 0,
    total_targets: 100_000,
    counts: NO_COUNTS,
    ...rest,
  };
}
/** The first attempts that are planned. */
const planChunks = (facts: Parameters<typeof planDispatch>[0]) => planDispatch(facts).chunks;
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const pools = (pool: Pool) => new Map([['default', pool]]);
const countOf = (plan: readonly { task_id: string; count: number }[], taskId: string) =>
  plan.filter((chunk) => chunk.task_id === taskId).reduce((sum, chunk) => sum + chunk.count, 0);

describe('countOutstanding', () => {
  const counts = { closed: 12, held: 7, retrying: 5 };
  it.each([
    ['RUNNING', 100 - 12 - 5],
    ['QUEUED', 100 - 12 - 5],
    ['PAUSED', 7],
  ] as const)('of a %s task is %i', (status, expected) => {
    expect(countOutstanding(task({ status, cursor: 100, counts }))).toBe(expected);
  });
});

describe('planDispatch', () => {
  it('sends nothing to a pool without nodes', () => {
    expect(planChunks({ tasks: [task()], pools: new Map() })).toEqual([]);
    expect(planChunks({ tasks: [task({ pool: 'other' })], pools: pools(SLOW) })).toEqual([]);
  });

  it('sends nothing of paused tasks and of tasks not yet taken up', () => {
    const tasks = [task({ status: 'PAUSED' }), task({ status: 'CREATED' })];
    expect(planChunks({ tasks, pools: pools(SLOW) })).toEqual([]);
  });

  it.each([
    ['no more than these scan at once', 25, 25],
    ['nothing if none of them is left', 0, 0],
  ])('sends of a method that only some nodes scan by %s, and fills the window with others', (_, limit, expected) => {
    const tasks = [task({ task_id: 'nmap', method: 'nmap' }), task({ task_id: 'connect' })];
    const plan = planChunks({ tasks, pools: pools({ ...SLOW, limits: new Map([['nmap', limit]]) }) });
    expect([countOf(plan, 'nmap'), countOf(plan, 'nmap') + countOf(plan, 'connect')]).toEqual([expected, 400]);
    const out = { ...tasks[0]!, cursor: limit };
    const later = planChunks({ tasks: [out], pools: pools({ ...SLOW, limits: new Map([['nmap', limit]]) }) });
    expect(later).toEqual([]);
  });

  describe('with limits', () => {
    /** Each of the tasks is under one limit of `most` at once. */
    const limit = (most: number, tasks: readonly string[], outstanding = 0) => {
      const use = { outstanding, not_begun: outstanding };
      const standing = { key: 'l', numbers: { max_concurrent: most }, use, state: {}, tasks: new Set(tasks) };
      return createHeadroom([standing], new Date(0));
    };
    const names = ['a', 'b', 'c', 'd'];
    const tasks = names.map((task_id) => task({ task_id }));

    it('sends no more than there is room for, and shares the room', () => {
      const plan = planChunks({ tasks, pools: pools(SLOW), headroom: limit(40, names) });
      expect(names.map((name) => countOf(plan, name)).sort()).toEqual([0, 0, 15, 25]);
      const later = tasks.map((each) => ({ ...each, cursor: countOf(plan, each.task_id) }));
      const next = planChunks({ tasks: later, pools: pools(SLOW), headroom: limit(80, names, 40) });
      expect(names.map((name) => countOf(plan, name) + countOf(next, name)).sort()).toEqual([15, 15, 25, 25]);
    });

    it('holds up no other task behind one without room, and the others share as without it', () => {
      const alone = planChunks({ tasks: tasks.slice(1), pools: pools(SLOW) });
      const plan = planChunks({ tasks, pools: pools(SLOW), headroom: limit(0, ['a']) });
      expect(plan).toEqual(alone);
      expect(plan.length).toBeGreaterThan(10);
    });
  });

  it('fills the window of a slow fleet in quarters of a node', () => {
    const plan = planChunks({ tasks: [task()], pools: pools(SLOW) });
    expect(plan).toHaveLength(16);
    expect(plan.map((chunk) => chunk.count)).toEqual(Array(16).fill(25));
    expect(plan.map((chunk) => chunk.first_index)).toEqual(plan.map((_, i) => i * 25));
  });

  it('leaves that part of the window free that retries have', () => {
    const other = task({ task_id: 'b'.repeat(24), total_targets: 0 });
    const plan = (sentRetries: number) =>
      planChunks({ tasks: [task()], others: [{ ...other, sentRetries }], pools: pools(SLOW) });
    expect(countOf(plan(200), task().task_id)).toBe(200);
    expect(plan(400)).toEqual([]);
  });

  it('gives retries half of the window while there are first attempts, and all of it if there are none', () => {
    const retries = upTo(600).map((i) => {
      return { task_id: 'a'.repeat(24), subtask_id: `${'a'.repeat(24)}-${i}`, ip: '127.0.0.1', attempt: 2 };
    });
    const sum = (tasks: PlanTask[]) => {
      const plan = planDispatch({ tasks, pools: pools(SLOW) });
      const sent = plan.retries.reduce((count, each) => count + each.retries.length, 0);
      return [sent, plan.chunks.reduce((count, each) => count + each.count, 0)];
    };
    expect(sum([task({ retries })])).toEqual([200, 200]);
    expect(sum([task({ retries, cursor: 100_000, counts: { ...NO_COUNTS, closed: 100_000 } })])).toEqual([400, 0]);
  });

  it('sends a quick fleet jobs of 500', () => {
    const plan = planChunks({ tasks: [task()], pools: pools(FAST) });
    expect(plan).toHaveLength(80);
    expect(new Set(plan.map((chunk) => chunk.count))).toEqual(new Set([500]));
  });

  it('shrinks to single subtasks at the end of a task of slow scans', () => {
    const nearlyDone = task({ cursor: 99_950, counts: { ...NO_COUNTS, closed: 99_950 } });
    const plan = planChunks({ tasks: [nearlyDone], pools: pools(SLOW) });
    const counts = plan.map((chunk) => chunk.count);
    expect(counts.at(0)).toBeGreaterThan(1);
    expect(counts.at(-1)).toBe(1);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(countOf(plan, task().task_id)).toBe(50);
  });

  it('gives each of 10,000 tasks of 10 one job, however few of them this pass reads', () => {
    const nodes: Pool = { ...SLOW, capacity: 128, median_capacity: 64, window: 256 };
    const tasks = upTo(10_000).map((i) => task({ task_id: String(i).padStart(24, '0'), total_targets: 10 }));
    const plan = planChunks({ tasks: tasks.slice(0, 20), others: tasks.slice(20), pools: pools(nodes) });
    expect(plan).toEqual(tasks.slice(0, 20).map(({ task_id }) => ({ task_id, first_index: 0, count: 10 })));
  });

  it('spreads a small task over the nodes if none follows that can be sent out', () => {
    const small = task({ total_targets: 10 });
    const paused = task({ task_id: 'b'.repeat(24), status: 'PAUSED' });
    const plan = planChunks({ tasks: [small, paused], others: [{ ...paused, task_id: 'c' }], pools: pools(SLOW) });
    expect(plan.map(({ count }) => count)).toEqual([2, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('serves a small task before a huge one that has all out already', () => {
    const huge = task({ task_id: 'b'.repeat(24), cursor: 390 });
    const small = task({ task_id: 'c'.repeat(24), total_targets: 10 });
    const plan = planChunks({ tasks: [huge, small], pools: pools(SLOW) });
    expect(countOf(plan, small.task_id)).toBe(10);
    expect(countOf(plan, huge.task_id)).toBe(0);
  });

  it('shares the window by priority', () => {
    const high = task({ task_id: 'b'.repeat(24), priority: 9 });
    const low = task({ task_id: 'c'.repeat(24), priority: 1 });
    const plan = planChunks({ tasks: [low, high], pools: pools(FAST) });
    expect(countOf(plan, high.task_id) / countOf(plan, low.task_id)).toBeCloseTo(9, 0);
  });

  it('waits for room for a whole chunk while the fleet has enough to do', () => {
    expect(planChunks({ tasks: [task({ cursor: 399 })], pools: pools(SLOW) })).toEqual([]);
    expect(planChunks({ tasks: [task({ cursor: 375 })], pools: pools(SLOW) })).toHaveLength(1);
  });

  const anyPool = fc
    .record({
      nodes: fc.integer({ min: 1, max: 20 }),
      median_capacity: fc.integer({ min: 1, max: 500 }),
      rate: fc.double({ min: 0, max: 50_000, noNaN: true }),
    })
    .map((pool): Pool => {
      const capacity = pool.nodes * pool.median_capacity;
      return {
        ...FLEET,
        ...pool,
        capacity,
        window: Math.max(2 * capacity, Math.floor(Math.min(40_000, 2 * pool.rate))),
      };
    });
  const anyTasks = fc
    .array(
      fc
        .record({
          status: fc.constantFrom('RUNNING', 'QUEUED', 'PAUSED', 'CREATED') as fc.Arbitrary<PlanTask['status']>,
          total_targets: fc.integer({ min: 1, max: 200_000 }),
          sent: fc.double({ min: 0, max: 1, noNaN: true }),
          closed: fc.double({ min: 0, max: 1, noNaN: true }),
          priority: fc.integer({ min: 1, max: 10 }),
        })
        .map(({ status, total_targets, sent, closed, priority }) => {
          const cursor = status === 'CREATED' ? 0 : Math.floor(total_targets * sent);
          return task({
            status,
            total_targets,
            cursor,
            priority,
            counts: { ...NO_COUNTS, closed: Math.floor(cursor * closed) },
          });
        }),
      { maxLength: 12 },
    )
    .map((tasks) => tasks.map((each, i) => ({ ...each, task_id: String(i).padStart(24, '0') })));

  it('keeps to the window, to each task’s targets and to its cursor, and plans no index twice', () => {
    fc.assert(
      fc.property(anyPool, anyTasks, (pool, tasks) => {
        const plan = planChunks({ tasks, pools: pools(pool) });
        const out = tasks.reduce((sum, each) => sum + countOutstanding(each), 0);
        const planned = plan.reduce((sum, chunk) => sum + chunk.count, 0);
        if (planned > 0) expect(out + planned).toBeLessThanOrEqual(pool.window);
        for (const each of tasks) {
          let next = each.cursor;
          for (const chunk of plan.filter(({ task_id }) => task_id === each.task_id)) {
            expect(chunk.first_index).toBe(next);
            expect(chunk.count).toBeGreaterThan(0);
            expect(chunk.count).toBeLessThanOrEqual(500);
            next += chunk.count;
          }
          expect(next).toBeLessThanOrEqual(each.total_targets);
        }
      }),
    );
  });

  it('sends something wherever less than half the window is out and there is work', () => {
    fc.assert(
      fc.property(anyPool, anyTasks, (pool, tasks) => {
        const out = tasks.reduce((sum, each) => sum + countOutstanding(each), 0);
        const work = tasks.some(
          (each) => ['RUNNING', 'QUEUED'].includes(each.status) && each.cursor < each.total_targets,
        );
        fc.pre(work && out < pool.window / 2);
        expect(planChunks({ tasks, pools: pools(pool) }).length).toBeGreaterThan(0);
      }),
    );
  });

  it('gives no task a chunk while another waits that has less out for its priority', () => {
    fc.assert(
      fc.property(anyPool, anyTasks, (pool, tasks) => {
        const plan = planChunks({ tasks, pools: pools(pool) });
        const waiting = tasks.filter(
          (each) =>
            ['RUNNING', 'QUEUED'].includes(each.status) &&
            each.cursor + countOf(plan, each.task_id) < each.total_targets,
        );
        for (const served of tasks) {
          const last = plan.filter((chunk) => chunk.task_id === served.task_id).at(-1);
          if (!last) continue;
          const loadBefore =
            (countOutstanding(served) + countOf(plan, served.task_id) - last.count) / served.config.priority;
          for (const other of waiting) {
            const load = (countOutstanding(other) + countOf(plan, other.task_id)) / other.config.priority;
            expect(loadBefore).toBeLessThanOrEqual(load + 1e-9);
          }
        }
      }),
    );
  });
});
