import { type Event, type SubTaskStep, toEventType } from '@cyberstroll/contracts';

/** One event per task and status that subtasks entered in a batch. */
export function toSubTaskEvents(steps: readonly SubTaskStep[], now: Date): Event[] {
  const events = new Map<string, Event & { subtasks: NonNullable<Event['subtasks']> }>();
  for (const { task_id, status, subtask_id, ip, attempt } of steps) {
    const key = `${task_id} ${status}`;
    let event = events.get(key);
    if (!event) {
      event = { type: toEventType('subtask', status), timestamp: now.toISOString(), task_id, subtasks: [] };
      events.set(key, event);
    }
    event.subtasks.push({ subtask_id, ip, attempt });
  }
  return [...events.values()];
}
