import fc from 'fast-check';
import { countOutstanding, type PlanTask, planDispatch } from './plan-dispatch';
import { NO_COUNTS, observePools, type PoolObservation } from './pool';

const PASS_MS = 100;
const MAX_PASSES = 5_000;

const anyTask = fc.record({
  total_targets: fc.integer({ min: 1, max: 200 }),
  priority: fc.integer({ min: 1, max: 10 }),
});
const anyNode = fc.integer({ min: 1, max: 30 });
/**
 * Which share of what is out closes in a pass, and how many of the plan's chunks a crash keeps from being sent.
 */
const anyPass = fc.record({ closed: fc.double({ min: 0, max: 1, noNaN: true }), lost: fc.nat(3) });

it('sends every target of every task once, in order, within the window, however the fleet works and dispatchers crash', () => {
  fc.assert(
    fc.property(
      fc.array(anyTask, { minLength: 1, maxLength: 5 }),
      fc.array(anyNode, { minLength: 1, maxLength: 4 }),
      fc.array(anyPass, { minLength: 1, maxLength: 20 }),
      (given, capacities, passes) => {
        const nodes = capacities.map((capacity) => ({ status: 'online' as const, capacity, pools: ['default'] }));
        const tasks = given.map(
          ({ total_targets, priority }, i): PlanTask => ({
            task_id: String(i).padStart(24, '0'),
            status: 'RUNNING',
            config: { pool: 'default', priority },
            scan: { method: 'connect' },
            cursor: 0,
            total_targets,
            counts: { ...NO_COUNTS },
          }),
        );
        const out = () => tasks.reduce((sum, task) => sum + countOutstanding(task), 0);
        let observed: PoolObservation | undefined;
        const wrong: string[] = [];
        for (let pass = 0; tasks.some(({ cursor, total_targets }) => cursor < total_targets); pass++) {
          if (pass > MAX_PASSES) throw new Error('it never ends');
          observed = observePools(observed, { tasks, nodes, now: new Date(pass * PASS_MS) });
          const window = observed.pools.get('default')!.window;
          const { closed, lost } = passes[pass % passes.length]!;
          const plan = planDispatch({ tasks, pools: observed.pools }).chunks;
          // A crash: the rest of the plan is made again in the next pass. One chunk at least is sent, or it would never
          // end.
          for (const { task_id, first_index, count } of plan.slice(0, Math.max(1, plan.length - lost))) {
            const task = tasks.find((each) => each.task_id === task_id)!;
            if (first_index !== task.cursor) wrong.push(`${first_index} is sent where ${task.cursor} is next`);
            task.cursor += count;
            if (out() > window) wrong.push(`${out()} are out of a window of ${window}`);
          }
          for (const task of tasks) {
            const share = Math.max(countOutstanding(task) > 0 ? 1 : 0, Math.floor(countOutstanding(task) * closed));
            task.counts = { ...task.counts, closed: task.counts.closed + share };
          }
        }
        expect(wrong).toEqual([]);
        expect(tasks.map(({ cursor }) => cursor)).toEqual(given.map(({ total_targets }) => total_targets));
      },
    ),
    { numRuns: 50 },
  );
});
