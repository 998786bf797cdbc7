/**
 * How many retries of a pool may be in its queue, or prefetched by its nodes. Retries have half of the pool's window:
 * as many as its nodes scan at once. The dispatcher counts them in the window, so the other half is for first attempts,
 * however many retries wait. If the fleet is quick, and takes most of what was sent between two passes, they get twice
 * as many; as soon as they need less, half as many.
 */
export interface RetryRoom {
  allowed: number;
  /** Whether the last pass sent all that it was allowed. */
  isFull: boolean;
}

const MAX_ALLOWED = 20_000;
/** A fleet that leaves no more than this part of what was allowed is quick. */
const QUICK = 1 / 4;

export function toRetryRoom(
  before: RetryRoom | undefined,
  { capacity, waiting }: { capacity: number; waiting: number },
): RetryRoom {
  const { allowed, isFull } = before ?? { allowed: capacity, isFull: false };
  const wanted = isFull ? (waiting <= allowed * QUICK ? allowed * 2 : allowed) : allowed / 2;
  return { allowed: Math.max(capacity, Math.min(Math.floor(wanted), MAX_ALLOWED)), isFull: false };
}
