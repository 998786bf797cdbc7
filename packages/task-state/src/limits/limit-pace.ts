/**
 * How much may be sent under one limit now. Each number of a limit is kept where work is sent out, from counters that
 * lag behind the scans, and always in the safe direction.
 *
 * **At once.** What was sent out and is not closed is at most n. A scan runs only between these two moments, so at most
 * n run.
 *
 * **Per second.** Work that is sent may lie in a queue while no node takes it, and then start all at once. So two
 * things are limited, with b = max(1, 0.4 r) rounded down: sends are spaced by 1/r, and at most b may be ahead of that
 * pace; and of what was sent, at most b has not started. A scan that starts in a time of t seconds was sent before it
 * and had not started at its beginning (at most b), or was sent in it (at most r t + b). So at most r t + 2 b start: in
 * 10 s at most 10 r + 0.8 r, or 10 r + 2 where r is less than 2.5. What is missing to 10 r + r is for the clocks of two
 * senders, which both follow the database's: 0.2 s of it.
 *
 * Both counters are read, and what will be sent is written down, while no other sender may do the same. What is written
 * down counts as sent, whatever became of its sender.
 */
import type { LimitNumbers, LimitState, LimitUse } from '@cyberstroll/contracts';

/** How many may be ahead of the pace, and how many may be sent out and not have started. */
export const toBurst = (startsPerSecond: number): number => Math.max(1, Math.floor(0.4 * startsPerSecond));

export interface LimitCase {
  numbers: LimitNumbers;
  use: LimitUse;
  state: LimitState;
}

/** How many addresses may be sent out now. */
export function toRoom({ numbers, use, state }: LimitCase, now: Date): number {
  const { max_concurrent = Number.POSITIVE_INFINITY, max_starts_per_second: rate } = numbers;
  const paced = rate === undefined ? Number.POSITIVE_INFINITY : toPaced(rate, state.next_start, now);
  const unbegun = rate === undefined ? Number.POSITIVE_INFINITY : toBurst(rate) - use.not_begun;
  return Math.max(0, Math.min(max_concurrent - use.outstanding, unbegun, paced));
}

/** The state after a turn that sent `sent`. */
export function toNextState(
  { numbers: { max_starts_per_second: rate }, state }: Pick<LimitCase, 'numbers' | 'state'>,
  sent: number,
  now: Date,
): LimitState {
  if (rate === undefined) return {};
  return { next_start: sent > 0 ? toNextStart(rate, state.next_start, sent, now) : state.next_start };
}

/** The generic cell rate algorithm: `next` moves on by 1/r with each that is sent, and is never in the past. */
function toPaced(rate: number, next: Date | undefined, now: Date): number {
  const aheadMs = Math.max(0, (next?.getTime() ?? 0) - now.getTime());
  return Math.max(0, Math.floor(toBurst(rate) - (aheadMs * rate) / 1_000));
}

function toNextStart(rate: number, next: Date | undefined, sent: number, now: Date): Date {
  const from = Math.max(next?.getTime() ?? 0, now.getTime());
  return new Date(from + Math.ceil((sent * 1_000) / rate));
}
