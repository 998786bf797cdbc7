import { groupBy, type LimitNumbers } from '@cyberstroll/contracts';

/** The facts of a RUNNING task that say where its retries go, and how many. They never change. */
export interface RetryFacts {
  task_id: string;
  config: LimitNumbers & { pool: string };
  scan: { method: string };
}

interface Member extends RetryFacts {
  /** When it was last said that it may have retries. */
  seen: Date;
  /** How many of its retries were sent and are not claimed. Undefined where that must be read. */
  sent: number | undefined;
}

/** Tasks of one pool in their order: the turn of each begins after that of the one before. */
export interface PoolTurns {
  pool: string;
  tasks: RetryFacts[];
}

/**
 * The tasks whose retries are looked at. A task is noted by its name when something happens to it, and seen when it is
 * known to run. One that is not seen for long has no retries. So what a task costs that is paused, or has no retries,
 * does not depend on the number of its subtasks.
 */
export function createRetryAgenda() {
  const members = new Map<string, Member>();
  const noted = new Set<string>();
  /** By pool: the task that had the last turn. */
  const last = new Map<string, string>();

  return {
    /** Something happened to this task: it must be read. */
    note(taskId: string): void {
      if (noted.size < MAX_NOTED) noted.add(taskId);
    },
    takeNoted(): string[] {
      const taskIds = [...noted];
      noted.clear();
      return taskIds;
    },
    /** These run, and may have retries. Another leader may have sent some of them. */
    see(tasks: readonly RetryFacts[], now: Date): void {
      for (const { task_id, config, scan } of tasks) {
        const { pool, max_concurrent, max_starts_per_second, per_prefix } = config;
        const facts = { task_id, config: { pool, max_concurrent, max_starts_per_second, per_prefix }, scan };
        members.set(task_id, { ...facts, seen: now, sent: undefined });
      }
    },
    /** They do not run. */
    drop(taskIds: readonly string[]): void {
      for (const taskId of taskIds) members.delete(taskId);
    },
    /** Drops those that were not seen since. */
    forget(since: Date): void {
      for (const [taskId, { seen, sent }] of members) if (seen < since && sent === 0) members.delete(taskId);
    },
    /** Those that may have retries on their way. */
    findSent: (): RetryFacts[] => [...members.values()].filter(({ sent }) => sent !== 0),
    /** What was read of these. Undefined: some were sent since. */
    noteSent(taskIds: readonly string[], sent: number | undefined): void {
      for (const taskId of taskIds) {
        const member = members.get(taskId);
        if (member) member.sent = sent;
      }
    },
    /** By pool: those that may have retries, the next one to have its turn first. */
    toTurns(): PoolTurns[] {
      const pools = groupBy([...members.values()], ({ config }) => config.pool);
      return [...pools].map(([pool, tasks]) => {
        const sorted = tasks.sort((a, b) => (a.task_id < b.task_id ? -1 : 1));
        const next = sorted.findIndex(({ task_id }) => task_id > (last.get(pool) ?? ''));
        return { pool, tasks: next < 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)] };
      });
    },
    /** The turn of this task is over. */
    noteTurn: (pool: string, taskId: string): void => void last.set(pool, taskId),
    size: (): number => members.size,
  };
}

export type RetryAgenda = ReturnType<typeof createRetryAgenda>;

/** Of more, the walk over all tasks finds the others. */
const MAX_NOTED = 10_000;
