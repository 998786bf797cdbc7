import type { Task } from '@cyberstroll/contracts';

/**
 * The hold of a task's end, while an operator's retries of single subtasks are on their way to the state-updaters: a
 * task that ended meanwhile would make them stale. Each order raises the number of retries that the hold waits for;
 * each one that is applied raises the `reopened` of the counters. A retry that was lost, or was ordered twice, holds
 * the end until the time of the hold is over. `retry_all` holds it, too.
 */
export type EndHold = Task['end_hold'];

/** How long the end of a task waits for an ordered retry to arrive. After that it may end without it. */
const END_HOLD_MS = 60_000;

/**
 * The hold of a task from now on, if one subtask, or with `all` several are retried. The retries of `retry_all` count
 * as those of single subtasks do. Where both are on their way, the time alone ends the hold. Right only if no other
 * writer has changed the task since it was read, as `reopened` was.
 */
export function toEndHold(
  { end_hold, retry_all }: Pick<Task, 'status' | 'end_hold' | 'retry_all'>,
  { reopened, all, now }: { reopened: number; all: boolean; now: Date },
): EndHold {
  const live = isEndHeld(end_hold, reopened, now) ? end_hold : undefined;
  if (all) return live && { until: live.until };
  const until = new Date(now.getTime() + END_HOLD_MS);
  if (retry_all || (live && live.retries === undefined)) return { until };
  // One that is late may arrive still, and must not pass for this one.
  return { retries: Math.max(end_hold?.retries ?? 0, reopened) + 1, until };
}

const awaitsRetry = (hold: EndHold, reopened: number): hold is NonNullable<EndHold> =>
  hold !== undefined && reopened < (hold.retries ?? Number.POSITIVE_INFINITY);

export const isEndHeld = (hold: EndHold, reopened: number, now: Date): hold is NonNullable<EndHold> =>
  awaitsRetry(hold, reopened) && now < hold.until;

/**
 * Whether the time alone has ended the hold. Of all that the transitions of a task depend on, nothing else changes with
 * the time: others become due when the counters or the task's revision rise.
 */
export const isHoldOver = (hold: EndHold, reopened: number, now: Date): boolean =>
  awaitsRetry(hold, reopened) && now >= hold.until;
