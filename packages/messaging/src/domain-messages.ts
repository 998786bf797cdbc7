import {
  type Control,
  type EventEntity,
  type EventFacts,
  EXCHANGES,
  type Job,
  MAX_LOST_LEASES,
  MAX_UPDATES_PER_ENVELOPE,
  QUEUES,
  type SubTaskUpdate,
  toEvent,
  toJobQueue,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import { inSpan } from '@cyberstroll/runtime';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Publisher, PublishOptions } from './publisher/publisher';

type Sender = Pick<Publisher, 'tryPublish'>;

/** Tells `cs.events` what has changed or happened. A notice: nothing depends on its arrival. False where it was not sent. */
export function publishEvent(
  publisher: Sender,
  entity: EventEntity,
  name: string,
  facts: EventFacts,
  now: Date,
): boolean {
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
export function publishTaskChange(publisher: Sender, { status, timestamp, ...facts }: TaskChange): void {
  publishEvent(publisher, 'task', status, facts, timestamp);
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

/** Sends a job to its pool, with its task's trace in the header; resolves when the broker has it. The pool's queue must exist. */
export function sendJob(
  publisher: Publisher,
  { pool, job, traceparent: parent }: { pool: string; job: Job; traceparent?: string | undefined },
): Promise<void> {
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': toJobQueue(pool).name,
    'cyberstroll.task_id': job.task_id,
    'cyberstroll.subtasks': job.subtasks.length,
  };
  return inSpan('send job', { kind: 'producer', parent, attributes }, (traceparent) =>
    publisher.publish(EXCHANGES.jobs.name, pool, job, traceparent === undefined ? {} : { headers: { traceparent } }),
  );
}

/**
 * Sends a service's subtask updates to the updaters, as orders, in as few envelopes as they may come in; resolves when the
 * broker has all.
 */
export async function publishServiceUpdates(
  publisher: Publisher,
  operator: string,
  updates: readonly SubTaskUpdate[],
  options?: PublishOptions,
): Promise<void> {
  const envelopes: UpdateEnvelope[] = [];
  for (let first = 0; first < updates.length; first += MAX_UPDATES_PER_ENVELOPE) {
    const part = updates.slice(first, first + MAX_UPDATES_PER_ENVELOPE);
    envelopes.push({ operator, sent_time: new Date().toISOString(), updates: part });
  }
  await Promise.all(
    envelopes.map((envelope) =>
      publisher.publish(EXCHANGES.serviceUpdates.name, QUEUES.stateUpdates.routingKey, envelope, options),
    ),
  );
}

/** How a sweep says what it finds: it finds a thing again and again until the updaters have come to it. */
export interface ServiceUpdateSender {
  /** Sends those that were not sent within the last `repeatAfterMs`; resolves to how many, when the broker has them. */
  send(updates: readonly SubTaskUpdate[], now: Date): Promise<number>;
}

export function createServiceUpdateSender({
  publisher,
  operator,
  repeatAfterMs,
}: {
  publisher: Publisher;
  operator: string;
  repeatAfterMs: number;
}): ServiceUpdateSender {
  const sent = new Map<string, number>();
  const toKey = ({ subtask_id, attempt, lease_id, status }: SubTaskUpdate) =>
    `${subtask_id} ${attempt} ${lease_id} ${status}`;

  return {
    async send(updates, now) {
      for (const [key, time] of sent) if (now.getTime() - time >= repeatAfterMs) sent.delete(key);
      const fresh = updates.filter((update) => !sent.has(toKey(update)));
      await publishServiceUpdates(publisher, operator, fresh);
      for (const update of fresh) sent.set(toKey(update), now.getTime());
      return fresh.length;
    },
  };
}
