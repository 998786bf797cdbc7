import { type Event, EXCHANGES, toEventType } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { TaskStatus } from '@cyberstroll/state-machine';

/** Tells `cs.events` that a task has changed. A notice: nothing depends on its arrival. */
export function announceTask(
  publisher: Publisher,
  change: { task_id: string; status: TaskStatus; reason: string; operator: string },
): void {
  const { status, ...facts } = change;
  const event: Event = { type: toEventType('task', status), timestamp: new Date().toISOString(), ...facts };
  publisher.tryPublish(EXCHANGES.events.name, event.type, event);
}
