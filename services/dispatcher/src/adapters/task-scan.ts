import type { DispatchCounts, DispatchFacts, DispatchState, Store } from '@cyberstroll/store';
import { NO_COUNTS } from '../core/pool';
import { createCancelledAhead } from './cancelled-ahead';

/** A task as the dispatcher knows it. */
export type ScannedTask = Omit<DispatchState, 'priority'> &
  Omit<DispatchFacts, 'config'> & {
    config: DispatchFacts['config'] & Pick<DispatchState, 'priority'>;
    /** Of the subtasks that were sent. */
    counts: DispatchCounts;
    /** Subtasks that were cancelled before they were sent. */
    ahead: number;
  };

/** The open tasks of the pools that have a node. */
export interface ScannedTasks {
  /** Those that this call has read. */
  seen: ScannedTask[];
  /** The others, as earlier calls have read them. */
  others: ScannedTask[];
}

export type TaskScan = ReturnType<typeof createTaskScan>;

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
  { tasks, subTasks }: Pick<Store, 'tasks'> & { subTasks: Pick<Store['subTasks'], 'countTouched'> },
  { leastPage = 150, mostPage = 2_000, roundMs = 3_000 }: TaskScanOptions = {},
) {
  const cancelledAhead = createCancelledAhead({ subTasks });
  const known = new Map<string, ScannedTask>();
  const named = new Set<string>();
  let pools: readonly string[] = [];
  /** The tasks of the round under way. A known task that is not among them at its end is gone. */
  let round = new Set<string>();
  let after: string | undefined;
  /** False in the first round: the number of subtasks that are sent out is not known yet. */
  let isComplete = false;
  let readTime: Date | undefined;

  function forget(taskId: string): void {
    known.delete(taskId);
    cancelledAhead.forget(taskId);
  }

  function setPools(next: readonly string[]): void {
    if (next.some((pool) => !pools.includes(pool))) {
      isComplete = false;
      after = undefined;
      round = new Set();
    }
    if (pools.some((pool) => !next.includes(pool))) {
      for (const [taskId, { config }] of known) if (!next.includes(config.pool)) forget(taskId);
    }
    pools = next;
  }

  function toLimit(now: Date): number {
    if (!isComplete || !readTime) return mostPage;
    const share = (now.getTime() - readTime.getTime()) / roundMs;
    return Math.min(mostPage, Math.max(leastPage, Math.ceil(known.size * share)));
  }

  async function learn(states: readonly DispatchState[]): Promise<void> {
    // Added targets are in other ranges.
    const isNew = ({ task_id, total_targets }: DispatchState) => known.get(task_id)?.total_targets !== total_targets;
    const unknown = states.filter(isNew).map(({ task_id }) => task_id);
    // A task that was not begun has no counters. One that is RUNNING may have cancelled subtasks alone.
    const begun = states.filter(({ cursor, status }) => cursor > 0 || status === 'PAUSED' || status === 'RUNNING');
    const [facts, counts] = await Promise.all([
      tasks.findDispatchFacts(unknown),
      tasks.countForDispatch(begun.map(({ task_id }) => task_id)),
    ]);
    const factsOf = new Map<string, Omit<DispatchFacts, 'task_id'>>(known);
    for (const each of facts) factsOf.set(each.task_id, each);
    for (const state of states) {
      const own = factsOf.get(state.task_id);
      if (!own) continue;
      const { priority, ...rest } = state;
      const all = counts.get(state.task_id) ?? NO_COUNTS;
      const ahead = await cancelledAhead.find(state, all);
      const ofSent = ahead === 0 ? all : { ...all, closed: all.closed - ahead, cancelled: all.cancelled - ahead };
      known.set(state.task_id, { ...own, ...rest, config: { ...own.config, priority }, counts: ofSent, ahead });
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
      for (const taskId of taskIds) if (!open.has(taskId)) forget(taskId);
      for (const taskId of open) round.add(taskId);
      after = page.length < limit ? undefined : page.at(-1)!.task_id;
      if (after === undefined) {
        for (const taskId of known.keys()) if (!round.has(taskId)) forget(taskId);
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
    /**
     * Moves a task's cursor, so that the next calls count what was sent even if they do not read the task. `passed` of
     * it had been cancelled before.
     */
    noteSent(taskId: string, count: number, passed = 0): void {
      const task = known.get(taskId);
      if (!task) return;
      task.cursor += count;
      if (passed === 0) return;
      cancelledAhead.notePassed(taskId, passed);
      const { closed, cancelled } = task.counts;
      task.counts = { ...task.counts, closed: closed + passed, cancelled: cancelled + passed };
      task.ahead = Math.max(0, task.ahead - passed);
    },
    isComplete: (): boolean => isComplete,
  };
}

const byId = (a: ScannedTask, b: ScannedTask): number => (a.task_id < b.task_id ? -1 : 1);
