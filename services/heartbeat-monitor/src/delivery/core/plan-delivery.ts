/**
 * How notices (changes of alerts, ends of tasks) reach their receivers.
 *
 * - Every receiver gets every notice.
 * - A replica claims a delivery before it sends it, so that two replicas do not send the same one. A claim lasts longer
 *   than any try, so that what a crash interrupts is sent again, under the same id.
 * - A delivery that fails is sent again later, after a wait of its own that grows with its tries. Others do not wait
 *   for it. One that fails when its notice is older than `keepMs` is given up, and one that is refused too often.
 * - A receiver is left alone for a while when several different deliveries fail in a row: then it is the receiver that
 *   fails, not what is sent. An answer, also one that refuses a notice, ends the row.
 */
import { createHash } from 'node:crypto';
import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';

/** Longer than any try takes. */
const CLAIM_MS = 60_000;
/** A delivery for a receiver that this replica does not know is left for this long to a replica that knows it. */
const UNKNOWN_RECEIVER_MS = 60_000;

/** `webhook` and `events` get alerts, `task_webhook` ends of tasks, `change_webhook` changes of the inventory. */
export const RECEIVER_KINDS = ['webhook', 'events', 'task_webhook', 'change_webhook'] as const;
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

/** What went wrong with a try. */
export interface Fault {
  /** For the log. */
  text: string;
  /** The receiver does not want this notice. It answers, and may want the others. */
  isRefusal: boolean;
}

/** Answers 4xx that say nothing about the notice: it took too long, came too early, or there are too many. */
const NOT_NOW = [408, 425, 429];

/** What an answer of this status means. */
export const toFault = (status: number): Fault | undefined =>
  status >= 200 && status < 300
    ? undefined
    : { text: `answered ${status}`, isRefusal: status >= 400 && status < 500 && !NOT_NOW.includes(status) };

/** How a receiver has done recently. */
export interface ReceiverState {
  /** The deliveries that failed in a row, without an answer to any other in between. */
  failing: ReadonlySet<string>;
  /** How often it was left alone in a row. */
  pauses: number;
  /** Nothing is sent to it before this time. */
  pausedUntil: Date;
}

export const WELL: ReceiverState = { failing: new Set(), pauses: 0, pausedUntil: new Date(0) };

/** A receiver is left alone when this many different deliveries failed in a row. */
const FAILING_MOST = 5;
/** A notice that is refused at this try or a later one is given up. By then it is about an hour old. */
export const TRIES_OF_REFUSED = 20;

/**
 * What a try means for its delivery and its receiver. `fault` is what went wrong, undefined if it arrived. `now` is
 * when the pass began, `endedAt` when the try ended; `toWaitMs` gives the wait after a number of failures in a row.
 */
export function concludeTry(
  { delivery_id, tries, timestamp }: Pick<NoticeDelivery, 'delivery_id' | 'tries' | 'timestamp'>,
  fault: Fault | undefined,
  before: ReceiverState,
  {
    keepMs,
    now,
    endedAt,
    toWaitMs,
  }: { keepMs: number; now: Date; endedAt: Date; toWaitMs: (failures: number) => number },
): { outcome: DeliveryOutcome; nextTime: Date; receiver: ReceiverState } {
  const after = (ms: number) => new Date(endedAt.getTime() + ms);
  const nextTime = after(fault ? toWaitMs(tries) : 0);
  if (!fault) return { outcome: 'delivered', nextTime, receiver: WELL };
  if (fault.isRefusal) {
    const isLast = tries >= TRIES_OF_REFUSED || isTooOld(timestamp, keepMs, now);
    return { outcome: isLast ? 'given_up' : 'failed', nextTime, receiver: WELL };
  }
  const outcome = isTooOld(timestamp, keepMs, now) ? 'given_up' : 'failed';
  const failing = new Set(before.failing).add(delivery_id);
  if (failing.size < FAILING_MOST) return { outcome, nextTime, receiver: { ...before, failing } };
  const pauses = before.pauses + 1;
  // After the pause, the first tries show whether it is back.
  return { outcome, nextTime, receiver: { failing: new Set(), pauses, pausedUntil: after(toWaitMs(pauses)) } };
}

/** One of each list by turns, then the rest of the longer one. */
export function* interleave<Item>(some: readonly Item[], others: readonly Item[]): Generator<Item> {
  for (let place = 0; place < Math.max(some.length, others.length); place++) {
    if (place < some.length) yield some[place]!;
    if (place < others.length) yield others[place]!;
  }
}

/** When to look again at a delivery for a receiver that this replica does not know; undefined: never, it is too old. */
export const toNextLook = (
  { timestamp }: Pick<NoticeDelivery, 'timestamp'>,
  keepMs: number,
  now: Date,
): Date | undefined => (isTooOld(timestamp, keepMs, now) ? undefined : new Date(now.getTime() + UNKNOWN_RECEIVER_MS));

const isTooOld = (changedAt: Date, keepMs: number, now: Date): boolean => now.getTime() - changedAt.getTime() >= keepMs;
