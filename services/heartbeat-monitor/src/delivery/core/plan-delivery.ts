/**
 * How notices (changes of alerts, ends of tasks) reach their receivers.
 *
 * - Every receiver gets every notice.
 * - A replica claims a delivery before it sends it, so that two replicas do not send the same one. A claim lasts longer
 *   than any try, so that what a crash interrupts is sent again, under the same id.
 * - A delivery that fails is sent again later. Its receiver is left alone until then, longer after each failure in a
 *   row. A delivery that fails when its notice is older than `keepMs` is given up.
 */
import { createHash } from 'node:crypto';
import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';

/** Longer than any try takes. */
const CLAIM_MS = 60_000;
/** A delivery for a receiver that this replica does not know is left for this long to a replica that knows it. */
const UNKNOWN_RECEIVER_MS = 60_000;

/** `webhook` and `events` get alerts. */
export const RECEIVER_KINDS = ['webhook', 'events', 'task_webhook'] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];
export const DELIVERY_OUTCOMES = ['delivered', 'failed', 'given_up'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** The deliveries of one notice. Their ids are the same whenever they are computed. */
export const toDeliveries = <Kind extends Notice>(
  notice: Kind,
  receivers: readonly { target: string }[],
  now: Date,
): NoticeDelivery<Kind>[] =>
  receivers.map(({ target }) => ({
    ...notice,
    delivery_id: createHash('sha256').update(`${notice.notice_id} ${target}`).digest('hex').slice(0, 32),
    target,
    tries: 0,
    next_time: now,
  }));

/** Until when a delivery is claimed whose try begins now. */
export const toClaimEnd = (now: Date): Date => new Date(now.getTime() + CLAIM_MS);

/** How a receiver has done lately. */
export interface ReceiverState {
  /** Failures in a row. */
  failures: number;
  /** Nothing is sent to it before this time. */
  restUntil: Date;
}

export const WELL: ReceiverState = { failures: 0, restUntil: new Date(0) };

/**
 * What a try means for its delivery and its receiver. `fault` is what went wrong, undefined if it arrived. `now` is
 * when the pass began, `endedAt` when the try ended; `toWaitMs` gives the wait after a number of failures in a row.
 */
export function concludeTry(
  { timestamp }: Pick<NoticeDelivery, 'timestamp'>,
  fault: string | undefined,
  before: ReceiverState,
  {
    keepMs,
    now,
    endedAt,
    toWaitMs,
  }: { keepMs: number; now: Date; endedAt: Date; toWaitMs: (failures: number) => number },
): { outcome: DeliveryOutcome; receiver: ReceiverState } {
  if (fault === undefined) return { outcome: 'delivered', receiver: { ...before, failures: 0 } };
  const failures = before.failures + 1;
  return {
    outcome: isTooOld(timestamp, keepMs, now) ? 'given_up' : 'failed',
    receiver: { failures, restUntil: new Date(endedAt.getTime() + toWaitMs(failures)) },
  };
}

/** When to look again at a delivery for a receiver that this replica does not know; undefined: never, it is too old. */
export const toNextLook = (
  { timestamp }: Pick<NoticeDelivery, 'timestamp'>,
  keepMs: number,
  now: Date,
): Date | undefined => (isTooOld(timestamp, keepMs, now) ? undefined : new Date(now.getTime() + UNKNOWN_RECEIVER_MS));

const isTooOld = (changedAt: Date, keepMs: number, now: Date): boolean => now.getTime() - changedAt.getTime() >= keepMs;
