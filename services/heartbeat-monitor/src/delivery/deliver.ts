import { groupBy, type Notice, type NoticeDelivery } from '@cyberstroll/contracts';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DueDelivery, Outbox } from '@cyberstroll/store';
import {
  concludeTry,
  type Fault,
  interleave,
  type ReceiverKind,
  toClaimEnd,
  toDeliveries,
  toNextLook,
  WELL,
} from './core/plan-delivery';
import type { CountTry } from './delivery-counter';

/** Subjects per pass and receiver. */
const PAGE = 100;
const BASE_MS = 1_000;
/**
 * A pass begins no further try of a receiver after this time, so that a stop does not wait for a slow one. It makes one
 * in any case.
 */
const PASS_MS = 2_000;
/** Sent to one receiver at the same time. */
const AT_ONCE = 4;
/** Deliveries that a receiver's turns remember as failed. */
const FAILED_MOST = 1_000;
/** Between two looks for what nobody here sends: deliveries to unknown receivers, and notices without a receiver. */
const CARE_INTERVAL_MS = 60_000;
/**
 * A replica without receivers leaves notices for this long to one that has some: while webhooks are switched on, one
 * replica after the other, the old ones delete nothing that the new ones are to send.
 */
const UNWANTED_MS = 600_000;

export interface DeliveryDeps<Subject, Kind extends Notice> {
  outbox: Outbox<Subject, Kind>;
  receivers: readonly Receiver<Subject, Kind>[];
  /** Which of the receivers get this notice. */
  select: (subject: Subject, notice: Kind, now: Date) => MaybePromise<readonly Receiver<Subject, Kind>[]>;
  /** What is delivered, for the log, and the facts that name one of it. */
  what: string;
  toFacts: (subject: Subject) => Record<string, unknown>;
  /** Called once for each notice. */
  onNotice?: (subject: Subject, notice: Kind) => void;
  /** Milliseconds after which a notice that did not arrive is given up. */
  keepMs: number;
  /** Milliseconds after which a pass begins no further try of a receiver; default 2 s. */
  passMs?: number;
  countTry: CountTry;
  logger: Logger;
}

type MaybePromise<Value> = Value | Promise<Value>;

interface Turn {
  tried: number;
  delivered: number;
  /** The receiver is left alone from now on. */
  isOver: boolean;
}

/**
 * The sweep that sends notices to their receivers. `core/plan-delivery.ts` decides; the notices are kept with their
 * subjects in the store. A pass resolves with undefined if none is due, and none that this replica failed to deliver
 * waits for its next try.
 */
export function createDelivery<Subject, Kind extends Notice>(deps: DeliveryDeps<Subject, Kind>) {
  const { outbox, receivers, what, keepMs, passMs = PASS_MS, countTry, logger } = deps;
  const targets = receivers.map(({ target }) => target);
  type Due = DueDelivery<Subject, Kind>;
  const lines = receivers.map((receiver) => {
    /**
     * What this replica failed to deliver, by id. A long backlog of new ones does not hide that what is sent again
     * arrives. What is not here any more is found in the store like the others.
     */
    const failed = new Map<string, Due>();
    return { failed, takeTurn: createTurns(receiver, failed) };
  });
  let nextCareMs = Number.NEGATIVE_INFINITY;
  const byAge = (one: Due, other: Due) => one.delivery.timestamp.getTime() - other.delivery.timestamp.getTime();

  return async function deliverOnce(now: Date): Promise<Counts | undefined> {
    if (now.getTime() >= nextCareMs) {
      nextCareMs = now.getTime() + CARE_INTERVAL_MS;
      await leaveUnknown(now);
      if (receivers.length === 0) await outbox.discard?.(new Date(now.getTime() - UNWANTED_MS));
    }
    if (receivers.length === 0) return undefined;
    if (!(await outbox.hasWork(targets, now))) {
      return lines.some(({ failed }) => failed.size > 0) ? { delivered: 0 } : undefined;
    }
    for (const { subject, notice } of await outbox.findNotices(PAGE, now)) await dispatch(subject, notice, now);
    const delivered = await Promise.all(lines.map(({ takeTurn }) => takeTurn(now)));
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };

  async function dispatch(subject: Subject, notice: Kind, now: Date) {
    const selected = await deps.select(subject, notice, now);
    const deliveries: NoticeDelivery<Kind>[] = toDeliveries(notice, selected, now);
    const keptUntil = new Date(notice.timestamp.getTime() + keepMs + CARE_INTERVAL_MS);
    if (await outbox.dispatch(subject, notice, deliveries, keptUntil)) deps.onNotice?.(subject, notice);
  }

  /** The turns of one receiver: several at once, by turns one that failed before and one that is new. */
  function createTurns(receiver: Receiver<Subject, Kind>, failed: Map<string, Due>) {
    const { kind, target, name, capMs } = receiver;
    const toWaitMs = (failures: number) => backoffMs(failures, { baseMs: BASE_MS, capMs }, Math.random());
    let state = WELL;

    return async function takeTurn(now: Date): Promise<number> {
      if (state.pausedUntil > now) return 0;
      const turn: Turn = { tried: 0, delivered: 0, isOver: false };
      const untilMs = performance.now() + passMs;
      const again = [...failed.values()].filter(({ delivery }) => delivery.next_time <= now).toSorted(byAge);
      const found = (await outbox.findDue(target, now, PAGE)).toSorted(byAge);
      const fresh = found.filter(({ delivery }) => !failed.has(delivery.delivery_id));
      // Those of one subject are sent one after the other, so that an older change comes first where it can.
      const queue = interleave(
        again.map((due) => [due]),
        [...groupBy(fresh, ({ subject }) => subject).values()],
      );
      const lanes = Array.from({ length: AT_ONCE }, async () => {
        for (const group of queue) {
          for (const due of group) {
            if (turn.isOver || (turn.tried > 0 && performance.now() > untilMs)) return;
            turn.tried++;
            await tryOne(due, turn, now);
          }
        }
      });
      await Promise.all(lanes);
      return turn.delivered;
    };

    async function tryOne({ subject, delivery }: Due, turn: Turn, now: Date): Promise<void> {
      failed.delete(delivery.delivery_id);
      const claimed = await outbox.claim(subject, delivery, toClaimEnd(new Date()));
      if (!claimed) return;
      const fault = await receiver.send(subject, claimed);
      const {
        outcome,
        nextTime,
        receiver: after,
      } = concludeTry(claimed, fault, state, {
        keepMs,
        now,
        toWaitMs,
        endedAt: new Date(),
      });
      turn.isOver ||= after.pauses > state.pauses;
      state = after;
      countTry(kind, outcome);
      if (outcome === 'failed') {
        await outbox.putOff(subject, claimed, nextTime);
        if (failed.size < FAILED_MOST) {
          failed.set(claimed.delivery_id, { subject, delivery: { ...claimed, next_time: nextTime } });
        }
      } else await outbox.remove(subject, claimed);
      if (outcome === 'delivered') {
        turn.delivered++;
        return;
      }
      const { delivery_id, tries } = claimed;
      const facts = { receiver: name, ...deps.toFacts(subject), delivery_id, tries, fault: fault?.text };
      if (outcome === 'given_up') logger.error(facts, `${what} not delivered, given up`);
      else logger.warn(facts, `${what} not delivered`);
    }
  }

  async function leaveUnknown(now: Date) {
    for (const { subject, delivery } of await outbox.findDueOfOthers(targets, now, PAGE)) {
      const nextLook = toNextLook(delivery, keepMs, now);
      if (nextLook) await outbox.putOff(subject, delivery, nextLook);
      else await outbox.remove(subject, delivery);
    }
  }
}

/** Gets each notice of its subjects: each change of an alert, or each end of a task. */
export interface Receiver<Subject, Kind extends Notice> {
  kind: ReceiverKind;
  /** The name that the store keeps. */
  target: string;
  /** The name for the log. */
  name: string;
  /** The longest wait between two tries, in milliseconds. */
  capMs: number;
  /** Sends a notice once. Resolves with what went wrong, or with undefined if it arrived; never rejects. */
  send(subject: Subject, delivery: NoticeDelivery<Kind>): Promise<Fault | undefined>;
}
