import type { Alert, AlertDelivery, AlertNotice } from '@cyberstroll/contracts';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { AlertReceiver } from './alert-receiver';
import { concludeTry, toClaimEnd, toDeliveries, toNextLook, WELL } from './core/plan-delivery';
import type { CountTry } from './delivery-counter';

/** Alerts per pass and receiver. */
const PAGE = 100;
const BASE_MS = 1_000;
/** A pass begins no further try after this time, so that a stop does not wait for a slow receiver. */
const PASS_MS = 2_000;

export interface AlertDeliveryDeps {
  store: Pick<Store, 'alertOutbox'>;
  receivers: readonly AlertReceiver[];
  /** Milliseconds after which a change that did not arrive is given up. */
  keepMs: number;
  countTry: CountTry;
  logger: Logger;
}

interface DueDelivery {
  alert: Alert;
  delivery: AlertDelivery;
}

/**
 * The sweep that sends the changes of alerts to their receivers. `core/plan-delivery.ts` decides; the changes are kept
 * with the alerts.
 */
export function createAlertDelivery({ store, receivers, keepMs, countTry, logger }: AlertDeliveryDeps) {
  const outbox = store.alertOutbox;
  const targets = receivers.map(({ target }) => target);
  const turns = receivers.map(createTurns);

  return async function deliverAlertsOnce(now: Date): Promise<Counts> {
    for (const { alert, notice } of await outbox.findNotices(PAGE)) await dispatch(alert, notice, now);
    const delivered = await Promise.all(turns.map((takeTurn) => takeTurn(now)));
    await leaveUnknown(now);
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };

  async function dispatch(alert: Alert, notice: AlertNotice, now: Date) {
    const { rule, subject, alert_id } = alert;
    const { state, operator } = notice;
    if (!(await outbox.dispatch(alert_id, notice, toDeliveries(alert, notice, receivers, now)))) return;
    logger.info({ rule, subject, alert_id, state, operator }, 'alert changed');
  }

  /** The turns of one receiver: oldest change first. A failure ends the turn. */
  function createTurns(receiver: AlertReceiver) {
    const { kind, target, name, capMs } = receiver;
    const toWaitMs = (failures: number) => backoffMs(failures, { baseMs: BASE_MS, capMs }, Math.random());
    let state = WELL;

    return async function takeTurn(now: Date): Promise<number> {
      if (state.restUntil > now) return 0;
      let delivered = 0;
      const untilMs = performance.now() + PASS_MS;
      for (const { alert, delivery } of (await outbox.findDue(target, now, PAGE)).toSorted(byAge)) {
        if (performance.now() > untilMs) break;
        const claimed = await outbox.claim(alert.alert_id, delivery, toClaimEnd(new Date()));
        if (!claimed) continue;
        const fault = await receiver.send(alert, claimed);
        const { outcome, receiver: after } = concludeTry(claimed, fault, state, {
          ...{ keepMs, now, toWaitMs },
          endedAt: new Date(),
        });
        state = after;
        countTry(kind, outcome);
        if (outcome === 'failed') await outbox.putOff(alert.alert_id, claimed, state.restUntil);
        else await outbox.remove(alert.alert_id, claimed);
        if (outcome !== 'delivered') {
          const { delivery_id, tries } = claimed;
          const facts = { receiver: name, alert_id: alert.alert_id, delivery_id, tries, fault };
          if (outcome === 'given_up') logger.error(facts, 'alert not delivered, given up');
          else logger.warn(facts, 'alert not delivered');
          break;
        }
        delivered++;
      }
      return delivered;
    };
  }

  async function leaveUnknown(now: Date) {
    for (const { alert, delivery } of await outbox.findDueOfOthers(targets, now, PAGE)) {
      const nextLook = toNextLook(delivery, keepMs, now);
      if (nextLook) await outbox.putOff(alert.alert_id, delivery, nextLook);
      else await outbox.remove(alert.alert_id, delivery);
    }
  }
}

const byAge = (one: DueDelivery, other: DueDelivery) =>
  one.delivery.timestamp.getTime() - other.delivery.timestamp.getTime();
