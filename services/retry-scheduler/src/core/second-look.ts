import { SMALL_LAG_MS } from '@cyberstroll/task-state';
import type { LedgerChunk, ResendReason } from './find-left-queue';

/**
 * A chunk is sent again only if a later check finds untouched subtasks in it again, this many milliseconds after the
 * first. A node's first update may be on its way, for as long as updates may lag. Also, a node that has just started
 * has all its slots free and would get the work of fuller nodes; its next heartbeat shows its real load.
 */
export const SECOND_LOOK_MS: Record<ResendReason, number> = {
  dropped: SMALL_LAG_MS,
  silent: SMALL_LAG_MS,
  lost: 6_000,
};

/** A suspect that no check has found for this many milliseconds is dropped: its next check is a first one. */
const FORGET_MS = 60_000;

/** By chunk: when a check first found it with untouched subtasks, and when one did last. */
export type Suspects = ReadonlyMap<string, { since: Date; seen: Date }>;

/** A chunk with untouched subtasks, and why they would be sent again. */
export interface Suspect<C extends LedgerChunk = LedgerChunk> {
  chunk: C;
  reason: ResendReason;
}

/** Notes what this check has found, and says which of it may be sent again now. */
export function lookAgain<S extends Suspect>(
  before: Suspects,
  found: readonly S[],
  now: Date,
): { confirmed: S[]; suspects: Suspects } {
  const suspects = new Map([...before].filter(([, { seen }]) => toMs(seen, now) <= FORGET_MS));
  const confirmed = found.filter(({ chunk, reason }) => {
    const key = toKey(chunk);
    const since = suspects.get(key)?.since ?? now;
    suspects.set(key, { since, seen: now });
    return toMs(since, now) >= SECOND_LOOK_MS[reason];
  });
  return { confirmed, suspects };
}

const toMs = (from: Date, to: Date): number => to.getTime() - from.getTime();

/** A chunk that was sent again has a later time: it is another suspect. */
const toKey = ({ task_id, first_index, dispatched_time }: LedgerChunk): string =>
  `${task_id}:${first_index}:${dispatched_time.getTime()}`;
