import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DueDelivery, Outbox } from '@cyberstroll/store';
import { concludeTry, toClaimEnd, toDeliveries, toNextLook, WELL } from './core/plan-delivery';
import type { CountTry } from './delivery-counter';
import type { Receiver } from './receiver';

/** Subjects per pass and receiver. */
const PAGE = 100;
const BASE_MS = 1_000;
/**
 * A pass begins no further try of a receiver after this time, so that a stop does not wait for a slow one. It makes one
 * in any case.
 */
const PASS_MS = 2_000;

export interface DeliveryDeps<Subject, Kind extends Notice> {
  outbox: Outbox<Subject, Kind>;
  receivers: readonly Receiver<Subject, Kind>[];
  /** Which of the receivers get this notice. */
  select: (subject: Subject, notice: Kind) => readonly Receiver<Subject, Kind>[];
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

/**
 * The sweep that sends notices to their receivers. `core/plan-delivery.ts` decides; the notices are kept with their
 * subjects in the store. A pass resolves with undefined if none is due.
 */
export function createDelivery<Subject, Kind extends Notice>(deps: DeliveryDeps<Subject, Kind>) {
  const { outbox, receivers, what, keepMs, passMs = PASS_MS, countTry, logger } = deps;
  const targets = receivers.map(({ target }) => target);
  const turns = receivers.map(createTurns);
  type Due = DueDelivery<Subject, Kind>;
  const byAge = (one: Due, other: Due) => one.delivery.timestamp.getTime() - other.delivery.timestamp.getTime();

  return async function deliverOnce(now: Date): Promise<Counts | undefined> {
    if (!(await outbox.hasWork(now))) return undefined;
    if (receivers.length === 0) await outbox.discard?.();
    for (const { subject, notice } of await outbox.findNotices(PAGE)) await dispatch(subject, notice, now);
    const delivered = await Promise.all(turns.map((takeTurn) => takeTurn(now)));
    await leaveUnknown(now);
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };

  async function dispatch(subject: Subject, notice: Kind, now: Date) {
    const deliveries: NoticeDelivery<Kind>[] = toDeliveries(notice, deps.select(subject, notice), now);
    if (await outbox.dispatch(subject, notice, deliveries)) deps.onNotice?.(subject, notice);
  }

  /** The turns of one receiver: oldest change first. A failure ends the turn. */
  function createTurns(receiver: Receiver<Subject, Kind>) {
    const { kind, target, name, capMs } = receiver;
    const toWaitMs = (failures: number) => backoffMs(failures, { baseMs: BASE_MS, capMs }, Math.random());
    let state = WELL;

    return async function takeTurn(now: Date): Promise<number> {
      if (state.restUntil > now) return 0;
      let delivered = 0;
      const untilMs = performance.now() + passMs;
      for (const { subject, delivery } of (await outbox.findDue(target, now, PAGE)).toSorted(byAge)) {
        if (delivered > 0 && performance.now() > untilMs) break;
        const claimed = await outbox.claim(subject, delivery, toClaimEnd(new Date()));
        if (!claimed) continue;
        const fault = await receiver.send(subject, claimed);
        const { outcome, receiver: after } = concludeTry(claimed, fault, state, {
          ...{ keepMs, now, toWaitMs },
          endedAt: new Date(),
        });
        state = after;
        countTry(kind, outcome);
        if (outcome === 'failed') await outbox.putOff(subject, claimed, state.restUntil);
        else await outbox.remove(subject, claimed);
        if (outcome !== 'delivered') {
          const { delivery_id, tries } = claimed;
          const facts = { receiver: name, ...deps.toFacts(subject), delivery_id, tries, fault };
          if (outcome === 'given_up') logger.error(facts, `${what} not delivered, given up`);
          else logger.warn(facts, `${what} not delivered`);
          break;
        }
        delivered++;
      }
      return delivered;
    };
  }

  async function leaveUnknown(now: Date) {
    for (const { subject, delivery } of await outbox.findDueOfOthers(targets, now, PAGE)) {
      const nextLook = toNextLook(delivery, keepMs, now);
      if (nextLook) await outbox.putOff(subject, delivery, nextLook);
      else await outbox.remove(subject, delivery);
    }
  }
}
