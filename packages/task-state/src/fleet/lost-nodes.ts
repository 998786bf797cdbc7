import { NODE_SILENT_AFTER_MS, type Node } from '@cyberstroll/contracts';

/** Milliseconds after the last sign of a lost node. By then the jobs given to it have come to light in other ways. */
export const LOSS_MATTERS_MS = 60_000;
/** A living node with a free slot begins a job within this number of milliseconds. */
const BEGUN_WITHIN_MS = 2_000;

/** And surely within this number of milliseconds, also while updates lag. */
const SURELY_BEGUN_WITHIN_MS = 10_000;

/**
 * Until when a job of the pool that nobody has begun may have been given to one of these lost nodes. A broker continues
 * to give jobs to a node that hangs while its prefetch has room: most of them until its silence is noticed, and some of
 * those that are sent afterwards, as retries of what it held. Undefined if none of them served the pool.
 */
export function toLastGiven(
  lost: readonly Pick<Node, 'pools' | 'last_seen'>[],
  pool: string,
  now: Date,
): Date | undefined {
  const times = lost.filter(({ pools }) => pools.includes(pool)).map(({ last_seen }) => last_seen.getTime());
  if (times.length === 0) return undefined;
  const duringSilence = Math.min(Math.max(...times) + NODE_SILENT_AFTER_MS, now.getTime() - BEGUN_WITHIN_MS);
  return new Date(Math.max(duringSilence, now.getTime() - SURELY_BEGUN_WITHIN_MS));
}
