import type { DispatchCounts, DispatchState } from '@cyberstroll/store';
import { createTaskScan } from './task-scan';

const idOf = (place: number) => String(place).padStart(24, '0');
/** Later than all others. */
const NEW = 'f'.repeat(24);

/** A store of that many tasks, each with something out, which counts the rows that are read of it. */
function setup(count: number) {
  const states = new Map<string, DispatchState>();
  const counts = new Map<string, DispatchCounts>();
  const rows = { tasks: 0, counters: 0, facts: 0 };
  const add = (taskId: string) => {
    states.set(taskId, {
      task_id: taskId,
      status: 'RUNNING',
      priority: 5,
      cursor: 1,
      total_targets: 10,
      labels: [],
    });
    counts.set(taskId, { closed: 0, held: 0, retrying: 0, cancelled: 0 });
  };
  for (let place = 0; place < count; place++) add(idOf(place));
  const scan = createTaskScan({
    subTasks: {
      async countTouched() {
        return 0;
      },
    },
    tasks: {
      async findForDispatch(
        _pools: readonly string[],
        which: { after?: string; limit: number } | { taskIds: string[] },
      ) {
        const found =
          'taskIds' in which
            ? which.taskIds.flatMap((taskId) => states.get(taskId) ?? [])
            : [...states.values()].filter(({ task_id }) => task_id > (which.after ?? '')).slice(0, which.limit);
        rows.tasks += found.length;
        return found.map((state) => ({ ...state }));
      },
      async findDispatchFacts(taskIds: readonly string[]) {
        rows.facts += taskIds.length;
        return taskIds.map((task_id) => ({
          task_id,
          config: { pool: 'default', subtask_timeout: 30 },
          scan: { method: 'connect' },
        }));
      },
      async countForDispatch(taskIds: readonly string[]) {
        rows.counters += taskIds.length;
        return new Map(taskIds.map((taskId) => [taskId, counts.get(taskId)!]));
      },
    } as never,
  });
  let now = 0;
  /** The next call, `ms` after the one before. */
  function read(wanted: readonly string[] = [], ms = 50) {
    now += ms;
    return scan.read(['default'], wanted, new Date(now));
  }
  async function readAll(): Promise<void> {
    while (!scan.isComplete()) await read();
  }
  return { scan, read, readAll, states, counts, rows, add };
}

/** Of a task's row, and of that of its counters. */
const ROW_BYTES = 80;
const COUNTS_BYTES = 65;
/** As many as a pass asks for. */
const WANTED = 50;
/** 50 MB without what 1,000 nodes need, which are read once a second. */
const MOST_BYTES = 42_000_000;

it('reads at most 50 MB a minute of 10,000 tasks at 20 passes a second, and each of them every three seconds', async () => {
  const { read, readAll, rows, counts, scan } = setup(10_000);
  await readAll();
  Object.assign(rows, { tasks: 0, counters: 0, facts: 0 });
  for (const each of counts.values()) each.closed = 1;
  const wanted = Array.from({ length: WANTED }, (_, place) => idOf(place * 200));
  let knownAfterMs: number | undefined;
  for (let passed = 50; passed <= 10_000; passed += 50) {
    await read(wanted);
    if (knownAfterMs === undefined && scan.findKnown().every(({ counts: { closed } }) => closed === 1)) {
      knownAfterMs = passed;
    }
  }
  expect(knownAfterMs).toBeLessThanOrEqual(3_000);
  expect(rows.facts).toBe(0);
  const inTenSeconds = rows.tasks * ROW_BYTES + rows.counters * COUNTS_BYTES;
  expect(6 * inTenSeconds).toBeLessThan(MOST_BYTES);
});

it('reads as many more in a pass as it comes later, so that a round does not last longer', async () => {
  const { read, readAll } = setup(10_000);
  await readAll();
  expect((await read([], 500)).seen).toHaveLength(1_667);
});

it('reads at once what it is asked for, what something happened to, and forgets what is no longer open', async () => {
  const { scan, read, readAll, states, add } = setup(1_000);
  await readAll();
  states.get(idOf(900))!.cursor = 7;
  states.delete(idOf(901));
  add(NEW);
  for (const taskId of [idOf(900), idOf(901), NEW]) scan.note(taskId);
  const { seen, others } = await read([idOf(950)]);
  const seenIds = seen.map(({ task_id }) => task_id);
  expect(seenIds).toEqual(expect.arrayContaining([idOf(900), idOf(950), NEW]));
  expect(seenIds).toEqual([...seenIds].sort());
  expect(seen.find(({ task_id }) => task_id === idOf(900))).toMatchObject({ cursor: 7 });
  expect([...seen, ...others].map(({ task_id }) => task_id)).not.toContain(idOf(901));
  // Unnoticed, in the round under way.
  states.delete(idOf(800));
  for (let pass = 0; pass < 10; pass++) await read();
  expect(scan.findKnown()).toHaveLength(999);
});
