import { type SentenceText, toSentence, type WaitingReason } from '@cyberstroll/contracts';
import {
  coversAddress,
  findFullPrefix,
  findNextClosing,
  type KnownLimit,
  nameLimit,
  toRoom,
} from '@cyberstroll/task-state';
import { toReason } from './waiting-causes';

/** A limit that has no room now. */
export interface FullLimit extends KnownLimit {
  /** There is room elsewhere, but not in this prefix. */
  prefix?: string | undefined;
  /** When it counts no longer, where it has windows. */
  until?: Date | undefined;
}

/**
 * Of the limits that cover the task, the first that has no room. `index`: of this address;
 * otherwise of any.
 */
export function findFullLimit(
  limits: readonly KnownLimit[],
  { taskId, index }: { taskId: string; index?: number | undefined },
  now: Date,
): FullLimit | undefined {
  for (const limit of limits) {
    if (!limit.tasks.has(taskId)) continue;
    if (index !== undefined && !coversAddress(limit, taskId, index)) continue;
    const isFull = toRoom(limit, now) < 1;
    const prefix = isFull || index === undefined ? undefined : findFullPrefix(limit, taskId, index);
    if (!isFull && prefix === undefined) continue;
    return { ...limit, prefix, until: findNextClosing(limit.stored?.windows ?? [], now) };
  }
  return undefined;
}

export function toLimitReason(limit: FullLimit): WaitingReason {
  const limit_id = limit.stored?.limit_id;
  return { ...toNumberReason(limit), ...(limit_id !== undefined && { limit_id }) };
}

function toNumberReason({ stored, numbers, use, state: { next_start }, prefix, until }: FullLimit): WaitingReason {
  const name = nameLimit({ stored });
  const { max_concurrent: most, max_starts_per_second: rate, per_prefix } = numbers;
  const withEnd = (first: SentenceText): SentenceText =>
    until ? toSentence('counts_until', { first, until_time: until }) : first;
  if (prefix !== undefined) {
    const full = toSentence('prefix_full', { limit: name, most: per_prefix!.max_concurrent, prefix });
    return toReason('limit', withEnd(full), until);
  }
  if (most !== undefined && use.outstanding >= most) {
    return toReason('limit', withEnd(toSentence('limit_full', { limit: name, most })), until);
  }
  const paced = { limit: name, rate: rate! };
  return use.not_begun > 0
    ? toReason('limit', withEnd(toSentence('limit_not_begun', { ...paced, waiting: use.not_begun })), until)
    : toReason('limit', withEnd(toSentence('limit_paced', paced)), next_start);
}
