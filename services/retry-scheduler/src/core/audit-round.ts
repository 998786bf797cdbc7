/**
 * A round of the consistency audit: first every task that is open or has just ended, page by page, then every document
 * without a task. A round is done in passes. After a pass the audit pauses for a multiple of the time that the pass
 * took, which bounds the audit's share of the database's time, however slow the database is.
 */

/** One step of a round. `after` is where the last page or the last search ended. */
export type AuditStep =
  | { kind: 'task'; taskId: string }
  | { kind: 'page'; after: string }
  | { kind: 'orphans'; after: string | undefined };

export interface AuditRound {
  /** The tasks of this page that are not audited yet. The last one is next. */
  taskIds: readonly string[];
  /** The step after them; undefined: the round is over. */
  afterTasks: Exclude<AuditStep, { kind: 'task' }> | undefined;
  /** When the next round may start, in milliseconds since 1970. */
  nextRoundMs: number;
}

export interface TaskPage {
  taskIds: readonly string[];
  /** Where the next page starts; undefined after the last page. */
  next?: string | undefined;
}

export const BEFORE_FIRST_ROUND: AuditRound = {
  taskIds: [],
  afterTasks: undefined,
  nextRoundMs: Number.NEGATIVE_INFINITY,
};

export const isRoundDue = ({ taskIds, afterTasks, nextRoundMs }: AuditRound, now: Date): boolean =>
  taskIds.length === 0 && afterTasks === undefined && now.getTime() >= nextRoundMs;

/** A round that starts now with its first page. The next one may start `intervalMs` later. */
export const startRound = (page: TaskPage, now: Date, intervalMs: number): AuditRound =>
  withPage({ ...BEFORE_FIRST_ROUND, nextRoundMs: now.getTime() + intervalMs }, page);

/** The next step, and the round without it. A page or a search stays the next step until it has succeeded. */
export function takeStep(round: AuditRound): { step: AuditStep | undefined; round: AuditRound } {
  const taskId = round.taskIds.at(-1);
  if (taskId === undefined) return { step: round.afterTasks, round };
  return { step: { kind: 'task', taskId }, round: { ...round, taskIds: round.taskIds.slice(0, -1) } };
}

/** The round continues with this page. */
export const withPage = (round: AuditRound, { taskIds, next }: TaskPage): AuditRound => ({
  ...round,
  taskIds,
  afterTasks: next === undefined ? { kind: 'orphans', after: undefined } : { kind: 'page', after: next },
});

/** The search for orphans has come to `next`; undefined: it is done, and the round is over. */
export const withSearchedUntil = (round: AuditRound, next: string | undefined): AuditRound => ({
  ...round,
  afterTasks: next === undefined ? undefined : { kind: 'orphans', after: next },
});

/** The task is audited again, after the other tasks of the page. */
export const withTaskLater = (round: AuditRound, taskId: string): AuditRound => ({
  ...round,
  taskIds: [taskId, ...round.taskIds],
});

/** Until when the audit pauses after a pass. Any monotonic clock, in milliseconds. */
export const toPauseEnd = (startedMs: number, endedMs: number, restFactor: number): number =>
  endedMs + (endedMs - startedMs) * restFactor;
