import type { DispatchCounts, DispatchFacts, DispatchState, Store } from '@cyberstroll/store';
import { NO_COUNTS } from '../core/pool';

/** A task as the dispatcher knows it. */
export type ScannedTask = Omit<DispatchState, 'priority'> &
  Omit<DispatchFacts, 'config'> & {
    config: DispatchFacts['config'] & Pick<DispatchState, 'priority'>;
    counts: DispatchCounts;
  };

/** The open tasks of the pools that have a node. */
export interface ScannedTasks {
  /** Those that this call has read. */
  seen: ScannedTask[];
  /** The others, as earlier calls have read them. */
  others: ScannedTask[];
}

export interface TaskScanOptions {
  /** Tasks of one page at least, and at most. */
  leastPage?: number;
  mostPage?: number;
  /** How long a round over all tasks lasts, in milliseconds, where a page has not all of them. */
  roundMs?: number;
}

/** Of the tasks that something may have happened to. The others are read in their turn. */
const MAX_NAMED = 1_000;

/**
 * Knows the open tasks of the pools that have a node. A call reads a page of them, in their turn, and those that it is
 * asked for; usually one page has them all. So what is read per second hardly depends on the number of tasks, and no
 * task is known worse than as it was a round ago.
 */
export function createTaskScan(
  { tasks }: Pick<Store, 'tasks'>,
  { leastPage = 150, mostPage = 2_000, roundMs = 3_000 }: TaskScanOptions = {},
) {
  const known = new Map<string, ScannedTask>();
  const named = new Set<string>();
  let pools: readonly string[] = [];
  /** The tasks of the round under way. A known task that is not among them at its end is gone. */
  let round = new Set<string>();
  let after: string | undefined;
  /** False in the first round: the number of subtasks that are sent out is not known yet. */
  let isComplete = false;
  let readTime: Date | undefined;

  function setPools(next: readonly string[]): void {
    if (next.some((pool) => !pools.includes(pool))) {
      isComplete = false;
      after = undefined;
      round = new Set();
    }
    if (pools.some((pool) => !next.includes(pool))) {
      for (const [taskId, { config }] of known) if (!next.includes(config.pool)) known.delete(taskId);
    }
    pools = next;
  }

  function toLimit(now: Date): number {
    if (!isComplete || !readTime) return mostPage;
    const share = (now.getTime() - readTime.getTime()) / roundMs;
    return Math.min(mostPage, Math.max(leastPage, Math.ceil(known.size * share)));
  }

  async function learn(states: readonly DispatchState[]): Promise<void> {
    const unknown = states.filter(({ task_id }) => !known.has(task_id)).map(({ task_id }) => task_id);
    // A task that was not begun has no counters.
    const begun = states.filter(({ cursor, status }) => cursor > 0 || status === 'PAUSED');
    const [facts, counts] = await Promise.all([
      tasks.findDispatchFacts(unknown),
      tasks.countForDispatch(begun.map(({ task_id }) => task_id)),
    ]);
    const factsOf = new Map<string, Omit<DispatchFacts, 'task_id'>>(known);
    for (const each of facts) factsOf.set(each.task_id, each);
    for (const { priority, ...state } of states) {
      const own = factsOf.get(state.task_id);
      if (!own) continue;
      const config = { ...own.config, priority };
      known.set(state.task_id, { ...own, ...state, config, counts: counts.get(state.task_id) ?? NO_COUNTS });
    }
  }

  return {
    /** Something happened to this task: the next call reads it. */
    note(taskId: string): void {
      if (named.size < MAX_NAMED) named.add(taskId);
    },
    /** The open tasks, as they were read last. */
    findKnown: (): ScannedTask[] => (isComplete ? [...known.values()] : []),
    /** `wanted`: tasks that are read besides. */
    async read(ofPools: readonly string[], wanted: readonly string[], now: Date): Promise<ScannedTasks> {
      setPools([...new Set(ofPools)]);
      const limit = toLimit(now);
      const readsAll = after === undefined && known.size < limit;
      const taskIds = readsAll ? [] : [...new Set([...named, ...wanted])];
      // What is named from now on is read by the next call.
      named.clear();
      const [page, asked] = await Promise.all([
        tasks.findForDispatch(pools, { after, limit }),
        tasks.findForDispatch(pools, { taskIds }),
      ]);
      const states = [...new Map([...page, ...asked].map((state) => [state.task_id, state])).values()];
      await learn(states);
      readTime = now;
      const open = new Set(states.map(({ task_id }) => task_id));
      for (const taskId of taskIds) if (!open.has(taskId)) known.delete(taskId);
      for (const taskId of open) round.add(taskId);
      after = page.length < limit ? undefined : page.at(-1)!.task_id;
      if (after === undefined) {
        for (const taskId of known.keys()) if (!round.has(taskId)) known.delete(taskId);
        round = new Set();
        isComplete = true;
      }
      if (!isComplete) return { seen: [], others: [...known.values()] };
      const all = [...known.values()];
      return {
        seen: all.filter(({ task_id }) => open.has(task_id)).sort(byId),
        others: all.filter(({ task_id }) => !open.has(task_id)),
      };
    },
    /** Moves a task's cursor, so that the next calls count what was sent even if they do not read the task. */
    noteSent(taskId: string, count: number): void {
      const task = known.get(taskId);
      if (task) task.cursor += count;
    },
    isComplete: (): boolean => isComplete,
  };
}

const byId = (a: ScannedTask, b: ScannedTask): number => (a.task_id < b.task_id ? -1 : 1);
