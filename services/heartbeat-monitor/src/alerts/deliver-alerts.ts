/**
 * Tells of the changes of alerts, each receiver until it has it, or for so long. What is to be sent is kept with the alert; a try is
 * claimed before it is made, so that replicas do not send the same twice, and who dies in between has it sent again, under the same id,
 * when the claim has run out.
 */
import { createHash } from 'node:crypto';
import { type Alert, type AlertDelivery, type AlertNotice, isOccurrenceRule } from '@cyberstroll/contracts';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { AlertReceiver } from './alert-receiver';
import type { CountTry } from './delivery-counter';

/** Alerts of which one pass takes what is due, for each receiver. */
const PAGE = 100;
const BASE_MS = 1_000;
/** Longer than any try takes. */
const CLAIM_MS = 60_000;
/** A pass begins nothing more after so long, so that a stop need not wait for a slow receiver. */
const PASS_MS = 2_000;
/** What is for nobody that this replica knows is left for one that does. */
const UNKNOWN_AGAIN_MS = 60_000;

export interface AlertDeliveryDeps {
  store: Store;
  receivers: readonly AlertReceiver[];
  /** A change is given up when it is so old. */
  keepMs: number;
  countTry: CountTry;
  logger: Logger;
}

interface Due {
  alert: Alert;
  delivery: AlertDelivery;
}

export function createAlertDelivery({ store, receivers, keepMs, countTry, logger }: AlertDeliveryDeps) {
  const outbox = store.alertOutbox;
  const targets = receivers.map(({ target }) => target);
  const turns = receivers.map(createTurns);
  const isTooOld = ({ timestamp }: AlertDelivery, now: Date) => now.getTime() - timestamp.getTime() >= keepMs;

  return async function deliverAlertsOnce(now: Date): Promise<Counts> {
    for (const { alert, notice } of await outbox.findNotices(PAGE)) await dispatch(alert, notice, now);
    const delivered = await Promise.all(turns.map((takeTurn) => takeTurn(now)));
    await leaveUnknown(now);
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };

  async function dispatch(alert: Alert, notice: AlertNotice, now: Date) {
    const { rule, subject, alert_id } = alert;
    const { state, operator } = notice;
    // Who has seen it happen has told it on `cs.events`.
    const isTold = state === 'firing' && isOccurrenceRule(rule);
    const deliveries = receivers
      .filter(({ kind }) => !(isTold && kind === 'events'))
      .map(({ target }) => toDelivery(notice, target, now));
    if (!(await outbox.dispatch(alert_id, notice, deliveries))) return;
    logger.info({ rule, subject, alert_id, state, operator }, 'alert changed');
  }

  /** One receiver's turns: oldest first; what fails ends the turn, and the receiver rests, longer each time. */
  function createTurns(receiver: AlertReceiver) {
    const { kind, target, name, capMs } = receiver;
    let failures = 0;
    let restUntil = new Date(0);

    return async function takeTurn(now: Date): Promise<number> {
      if (restUntil > now) return 0;
      let delivered = 0;
      const untilMs = performance.now() + PASS_MS;
      for (const { alert, delivery } of (await outbox.findDue(target, now, PAGE)).toSorted(byAge)) {
        if (performance.now() > untilMs) break;
        const claimed = await outbox.claim(alert.alert_id, delivery, new Date(Date.now() + CLAIM_MS));
        if (!claimed) continue;
        const fault = await receiver.send(alert, claimed);
        if (fault !== undefined) {
          await takeBack(alert, claimed, fault, now);
          break;
        }
        failures = 0;
        countTry(kind, 'delivered');
        delivered++;
        await outbox.remove(alert.alert_id, claimed);
      }
      return delivered;
    };

    async function takeBack({ alert_id }: Alert, claimed: AlertDelivery, fault: string, now: Date) {
      const { delivery_id, tries } = claimed;
      const isGivenUp = isTooOld(claimed, now);
      const facts = { receiver: name, alert_id, delivery_id, tries, fault };
      logger[isGivenUp ? 'error' : 'warn'](facts, isGivenUp ? 'alert not delivered, given up' : 'alert not delivered');
      countTry(kind, isGivenUp ? 'given_up' : 'failed');
      restUntil = new Date(Date.now() + backoffMs(++failures, { baseMs: BASE_MS, capMs }, Math.random()));
      if (isGivenUp) await outbox.remove(alert_id, claimed);
      else await outbox.putOff(alert_id, claimed, restUntil);
    }
  }

  async function leaveUnknown(now: Date) {
    for (const { alert, delivery } of await outbox.findDueOfOthers(targets, now, PAGE)) {
      if (isTooOld(delivery, now)) await outbox.remove(alert.alert_id, delivery);
      else await outbox.putOff(alert.alert_id, delivery, new Date(now.getTime() + UNKNOWN_AGAIN_MS));
    }
  }
}

const byAge = (one: Due, other: Due) => one.delivery.timestamp.getTime() - other.delivery.timestamp.getTime();

const toDelivery = (notice: AlertNotice, target: string, now: Date): AlertDelivery => ({
  ...notice,
  delivery_id: createHash('sha256').update(`${notice.notice_id} ${target}`).digest('hex').slice(0, 32),
  target,
  tries: 0,
  next_time: now,
});
