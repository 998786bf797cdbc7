import { type Event, EXCHANGES, toEventType } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';

export const OPERATOR = 'heartbeat-monitor';

type Facts = Omit<Event, 'type' | 'timestamp'>;

/** Tells `cs.events` that a node or task has changed, or an alert. A notice: nothing depends on its arrival. */
export function announce(
  publisher: Publisher,
  entity: 'node' | 'task' | 'alert',
  status: string,
  facts: Facts,
  now: Date,
): void {
  const event: Event = {
    type: toEventType(entity, status),
    timestamp: now.toISOString(),
    operator: OPERATOR,
    ...facts,
  };
  publisher.tryPublish(EXCHANGES.events.name, event.type, event);
}
