import type { DispatchCounts, DispatchState, Store } from '@cyberstroll/store';

/** Between two counts of one task: milliseconds at least, and a multiple of what the last one took. */
const COUNT_AGAIN_MS = 1_000;
const REST_FACTOR = 10;

interface Known {
  /** Of the task, when they were counted. */
  cancelled: number;
  ahead: number;
  countedAtMs: number;
  tookMs: number;
}

/**
 * How many subtasks of each task were cancelled before they were sent. They are closed, but have never been out: taken
 * for subtasks that were sent and are done, they would let as many others out beyond the window. Between two counts
 * every new one is taken for such a subtask, so that the number is rather too high: then less is sent.
 */
export function createCancelledAhead({ subTasks }: { subTasks: Pick<Store['subTasks'], 'countTouched'> }) {
  const known = new Map<string, Known>();

  async function count({ task_id, cursor }: DispatchState, cancelled: number): Promise<number> {
    const beganAtMs = performance.now();
    const ahead = await subTasks.countTouched(task_id, cursor);
    const countedAtMs = performance.now();
    known.set(task_id, { cancelled, ahead, countedAtMs, tookMs: countedAtMs - beganAtMs });
    return ahead;
  }

  return {
    async find(task: DispatchState, { cancelled }: Pick<DispatchCounts, 'cancelled'>): Promise<number> {
      const { task_id, cursor, total_targets } = task;
      if (cancelled === 0 || cursor >= total_targets) {
        known.delete(task_id);
        return 0;
      }
      const last = known.get(task_id) ?? { cancelled: 0, ahead: 0, countedAtMs: Number.NEGATIVE_INFINITY, tookMs: 0 };
      const most = Math.min(cancelled, last.ahead + Math.max(0, cancelled - last.cancelled), total_targets - cursor);
      if (most === 0) return 0;
      const restMs = Math.max(COUNT_AGAIN_MS, REST_FACTOR * last.tookMs);
      const isDue = performance.now() - last.countedAtMs >= restMs;
      return isDue ? Math.min(cancelled, await count(task, cancelled)) : most;
    },
    /** The cursor has passed this many of them. */
    notePassed(taskId: string, passed: number): void {
      const last = known.get(taskId);
      if (last) last.ahead = Math.max(0, last.ahead - passed);
    },
    forget: (taskId: string): void => void known.delete(taskId),
  };
}
