/**
 * Which task under a limit is next. Tasks under one limit share its room by their priority, over time. What a task was
 * served, divided by its priority, is its level, and the task with the least level is next. A start counts one. Without
 * a number of starts per second, each second of a slot counts one, and a start little: slow scans of one task must not
 * take the slots of the others.
 *
 * The floor is the least level of those that want something. It rises while they are served, and nobody is below it: a
 * task that comes, or comes back, starts there and catches nothing up (start-time fair queueing). So all that is kept
 * is how far a task is ahead of the floor. A task on the floor needs no memory; it is kept while something of it is
 * out, so that the next turn knows which tasks to count.
 */
import type { LimitNumbers, LimitState } from '@cyberstroll/contracts';

/** What a limit served counts no longer after nobody used or wanted it for this long. */
const KEEP_MS = 60_000;
/** Slots count for no longer than this since they were last counted. */
const MOST_COUNTED_MS = 2_000;
/** What a start counts where slots are shared, in seconds of a slot: so that no turn gives all its room to one task. */
const START_COUNTS = 0.1;
/** Tasks with nothing out that are kept: those that are most ahead. */
const MAX_KEPT = 1_000;

export interface SharedLimit {
  numbers: LimitNumbers;
  state: LimitState;
  /** By task: 1 to 10. A missing one has 1. */
  priorities?: ReadonlyMap<string, number> | undefined;
  /** By task: addresses that were sent out and are not closed. */
  held?: ReadonlyMap<string, number> | undefined;
}

export interface LimitShares {
  /** The task that is next, of those that want something: of equals the first. */
  findNext<Task extends { task_id: string }>(tasks: readonly [Task, ...Task[]]): Task;
  /** The task was served this many. Negative: it gave them back. */
  note(taskId: string, count: number): void;
  levelOf(taskId: string): number;
  /** What the next turn must know. */
  toState(): Pick<LimitState, 'ahead' | 'shared_time'>;
}

export function createLimitShares({ numbers, state, priorities, held }: SharedLimit, now: Date): LimitShares {
  const restMs = now.getTime() - (state.shared_time?.getTime() ?? 0);
  const levels = new Map(restMs < KEEP_MS ? Object.entries(state.ahead ?? {}) : []);
  let floor = 0;
  const levelOf = (taskId: string) => Math.max(floor, levels.get(taskId) ?? 0);
  const add = (taskId: string, served: number) =>
    levels.set(taskId, levelOf(taskId) + served / (priorities?.get(taskId) ?? 1));
  /** What the counters may not show for a while, or no longer find. */
  const out = new Set(held?.keys());
  const sharesSlots = numbers.max_starts_per_second === undefined;
  if (sharesSlots && state.shared_time) {
    const seconds = Math.min(Math.max(0, restMs), MOST_COUNTED_MS) / 1_000;
    for (const [taskId, slots] of held ?? []) add(taskId, slots * seconds);
  }

  return {
    findNext(tasks) {
      let [next] = tasks;
      for (const task of tasks) if (levelOf(task.task_id) < levelOf(next.task_id)) next = task;
      floor = levelOf(next.task_id);
      return next;
    },
    note(taskId, count) {
      out.add(taskId);
      add(taskId, sharesSlots ? count * START_COUNTS : count);
    },
    levelOf,
    toState() {
      const ahead = [...levels.keys()]
        .filter((taskId) => levelOf(taskId) > floor && !out.has(taskId))
        .sort((a, b) => levelOf(b) - levelOf(a))
        .slice(0, MAX_KEPT);
      const kept = [...out, ...ahead].map((taskId) => [taskId, levelOf(taskId) - floor]);
      return { ahead: Object.fromEntries(kept), shared_time: now };
    },
  };
}
