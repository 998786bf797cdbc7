/**
 * Tells of the changes of alerts: each once on `cs.events`, and to every webhook until it has it. What is to be sent is kept with the
 * alert; a try is claimed before it is made, so that replicas do not send the same twice, and who dies in between has it sent again, under
 * the same id, when the claim has run out.
 */
import { createHash } from 'node:crypto';
import {
  ALERT_RULES,
  type Alert,
  type AlertDelivery,
  type AlertNotice,
  type Event,
  isOccurrenceRule,
  toWebhookBody,
} from '@cyberstroll/contracts';
import { announce, type Publisher } from '@cyberstroll/messaging';
import { backoffMs, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { CountTry } from './delivery-counter';
import type { Webhook } from './webhooks';

/** Alerts of which one pass takes what is due. */
const PAGE = 100;
const BACKOFF = { baseMs: 1_000, capMs: 300_000 };
/** Longer than any try takes. */
const CLAIM_MS = 60_000;
/** A pass begins nothing more after so long, so that a stop need not wait for a slow receiver. */
const PASS_MS = 2_000;
/** A delivery to a webhook that this replica does not know is left for one that does, and dropped when it is so old. */
const UNKNOWN_AGAIN_MS = 60_000;
const UNKNOWN_DROPPED_MS = 86_400_000;

export interface AlertDeliveryDeps {
  store: Store;
  publisher: Publisher;
  webhooks: readonly Webhook[];
  maxTries: number;
  countTry: CountTry;
  logger: Logger;
}

interface Due {
  alert: Alert;
  delivery: AlertDelivery;
}

export function createAlertDelivery({ store, publisher, webhooks, maxTries, countTry, logger }: AlertDeliveryDeps) {
  const outbox = store.alertOutbox;
  const byTarget = new Map(webhooks.map((webhook) => [webhook.target, webhook]));

  return async function deliverAlertsOnce(now: Date): Promise<Counts> {
    for (const { alert, notice } of await outbox.findNotices(PAGE)) {
      const deliveries = webhooks.map(({ target }) => toDelivery(notice, target, now));
      if (await outbox.dispatch(alert.alert_id, notice, deliveries)) tell(alert, notice, now);
    }
    const due = await outbox.findDue(now, PAGE);
    const delivered = await Promise.all(
      [...new Set(due.map(({ delivery }) => delivery.target))].map((target) => {
        const dues = due.filter(({ delivery }) => delivery.target === target);
        const webhook = byTarget.get(target);
        return webhook ? sendInTurn(webhook, dues) : leave(dues, now);
      }),
    );
    return { delivered: delivered.reduce((sum, count) => sum + count, 0) };
  };

  function tell(alert: Alert, { state, reason, operator }: AlertNotice, now: Date) {
    const { rule, subject, alert_id } = alert;
    // Who has seen it happen has told it.
    if (state === 'firing' && isOccurrenceRule(rule)) return;
    const facts: Partial<Event> = { reason, operator, alert_id, alert_state: state, ...toSubject(alert) };
    logger.info({ rule, subject, alert_id, state, operator }, 'alert changed');
    announce(publisher, 'alert', rule, facts, now);
  }

  /** Oldest first. What fails ends the turn: who does not answer is not asked again for each of them. */
  async function sendInTurn(webhook: Webhook, dues: readonly Due[]): Promise<number> {
    let delivered = 0;
    const untilMs = performance.now() + PASS_MS;
    for (const { alert, delivery } of dues.toSorted(byAge)) {
      if (performance.now() > untilMs) break;
      const claimed = await outbox.claim(alert.alert_id, delivery, new Date(Date.now() + CLAIM_MS));
      if (!claimed) continue;
      const fault = await webhook.send(claimed.delivery_id, toWebhookBody(alert, claimed));
      if (fault !== undefined) {
        await takeBack(webhook, alert, claimed, fault);
        break;
      }
      countTry('delivered');
      delivered++;
      await outbox.remove(alert.alert_id, claimed);
    }
    return delivered;
  }

  async function takeBack({ host }: Webhook, { alert_id }: Alert, claimed: AlertDelivery, fault: string) {
    const { delivery_id, tries } = claimed;
    const isGivenUp = tries >= maxTries;
    logger[isGivenUp ? 'error' : 'warn'](
      { host, alert_id, delivery_id, tries, fault, given_up: isGivenUp },
      'webhook failed',
    );
    countTry(isGivenUp ? 'given_up' : 'failed');
    if (isGivenUp) return outbox.remove(alert_id, claimed);
    return outbox.putOff(alert_id, claimed, new Date(Date.now() + backoffMs(tries, BACKOFF, Math.random())));
  }

  async function leave(dues: readonly Due[], now: Date): Promise<number> {
    for (const { alert, delivery } of dues) {
      const isOld = now.getTime() - delivery.timestamp.getTime() > UNKNOWN_DROPPED_MS;
      if (isOld) await outbox.remove(alert.alert_id, delivery);
      else await outbox.putOff(alert.alert_id, delivery, new Date(now.getTime() + UNKNOWN_AGAIN_MS));
    }
    return 0;
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

function toSubject({ rule, subject }: Alert): Partial<Event> {
  const { of } = ALERT_RULES[rule];
  return of === 'task' ? { task_id: subject } : of === 'node' ? { node_id: subject } : {};
}
