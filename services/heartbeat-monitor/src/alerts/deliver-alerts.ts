import { ALERT_RULES, type Alert, type AlertNotice, type EventFacts, EXCHANGES, toEvent } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createDelivery, type Receiver } from '../delivery/deliver';
import type { CountTry } from '../delivery/delivery-counter';
import { selectReceivers } from './core/select-receivers';

export interface AlertDeliveryDeps {
  store: Pick<Store, 'alerts' | 'alertOutbox'>;
  receivers: readonly Receiver<Alert, AlertNotice>[];
  /** Milliseconds after which a change that did not arrive is given up. */
  keepMs: number;
  passMs?: number;
  countTry: CountTry;
  logger: Logger;
}

/** The sweep that sends the changes of alerts to their receivers. */
export const createAlertDelivery = ({ store, receivers, ...deps }: AlertDeliveryDeps) =>
  createDelivery<Alert, AlertNotice>({
    ...deps,
    receivers,
    outbox: store.alertOutbox,
    what: 'alert',
    select: async (alert, notice, now) =>
      selectReceivers(alert, notice, receivers, await store.alerts.mutes(alert, notice.state, now)),
    toFacts: ({ alert_id }) => ({ alert_id }),
    onNotice: ({ rule, subject, alert_id }, { state, operator }) =>
      deps.logger.info({ rule, subject, alert_id, state, operator }, 'alert changed'),
  });

const WITHIN_MS = 1_000;
const CAP_MS = 10_000;

/**
 * The exchange `cs.events`. A change has arrived when RabbitMQ confirms it. A change that is sent twice is the same
 * event twice.
 */
export const createEventsReceiver = (publisher: Publisher): Receiver<Alert, AlertNotice> => ({
  kind: 'events',
  target: EXCHANGES.events.name,
  name: EXCHANGES.events.name,
  capMs: CAP_MS,
  async send(alert, { state, timestamp, reason, operator }) {
    const facts: EventFacts = { reason, operator, alert_id: alert.alert_id, alert_state: state, ...toSubject(alert) };
    const event = toEvent('alert', alert.rule, facts, timestamp);
    try {
      await publisher.publish(EXCHANGES.events.name, event.type, event, { withinMs: WITHIN_MS });
      return undefined;
    } catch (error) {
      return { text: (error as Error).message, isRefusal: false };
    }
  },
});

function toSubject({ rule, subject }: Alert): EventFacts {
  const { of } = ALERT_RULES[rule];
  return of === 'task' ? { task_id: subject } : of === 'node' ? { node_id: subject } : {};
}
