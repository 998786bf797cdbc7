import {
  type Control,
  type EventEntity,
  type EventFacts,
  EXCHANGES,
  MAX_LOST_LEASES,
  toEvent,
} from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Publisher } from './publisher/publisher';

type Sender = Pick<Publisher, 'tryPublish'>;

/** Tells `cs.events` what has changed or happened. A notice: nothing depends on its arrival. False where it was not sent. */
export function announce(publisher: Sender, entity: EventEntity, name: string, facts: EventFacts, now: Date): boolean {
  const event = toEvent(entity, name, facts, now);
  return publisher.tryPublish(EXCHANGES.events.name, event.type, event);
}

/** Tells every node how a task stands; said again while it holds, so none of them must arrive. False where it was not sent. */
export const sendControl = (publisher: Sender, control: Control): boolean =>
  publisher.tryPublish(EXCHANGES.control.name, '', control);

/** A change of a task's status, as its history has it. */
export interface TaskChange {
  task_id: string;
  status: TaskStatus;
  reason: string;
  /** The key or the service that changed it. */
  operator: string;
  timestamp: Date;
}

/**
 * Publishes that a task's status changed, after the change was committed: an event for whoever listens, and to the nodes what they
 * must do now. Best effort: the dispatcher repeats to the nodes what holds, and subscribers read the task itself.
 */
export function announceTaskChange(publisher: Sender, { status, timestamp, ...facts }: TaskChange): void {
  announce(publisher, 'task', status, facts, timestamp);
  const state = isEndedTask(status) ? 'ended' : CONTROL_STATES[status];
  if (state) sendControl(publisher, { task_id: facts.task_id, state });
}

/** What an open task asks of nodes. A task that was not begun asks nothing. */
const CONTROL_STATES: Partial<Record<TaskStatus, 'paused' | 'running'>> = { PAUSED: 'paused', RUNNING: 'running' };

/** Tells every node which leases hold no more, in as few messages as they may come in. */
export function sendLostLeases(publisher: Sender, leaseIds: readonly string[]): void {
  for (let first = 0; first < leaseIds.length; first += MAX_LOST_LEASES) {
    sendControl(publisher, { state: 'lost', lease_ids: leaseIds.slice(first, first + MAX_LOST_LEASES) });
  }
}
