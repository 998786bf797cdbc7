import { ALERT_RULES, type Alert, type AlertNotice, type EventFacts, EXCHANGES, toEvent } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Receiver } from '../delivery/receiver';

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
