import { randomUUID } from 'node:crypto';
import {
  type Control,
  type EventEntity,
  type EventFacts,
  EXCHANGES,
  type Job,
  MAX_CONTROL_TASKS,
  MAX_LOST_LEASES,
  MAX_UPDATES_PER_ENVELOPE,
  type ProgressSnapshot,
  QUEUES,
  type SubTaskUpdate,
  type TaskControl,
  toEvent,
  toJobQueue,
  toPortions,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import { inSpan, type Logger, toTraceId } from '@cyberstroll/runtime';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Publisher, PublishOptions } from './publisher/publisher';

type Sender = Pick<Publisher, 'tryPublish'>;

/** Publishes on `cs.events` what has changed or happened. Nothing depends on its arrival. False if it was not sent. */
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

/**
 * Sends a control message to every node. The dispatcher repeats it while it holds, so it may be lost. False if it was
 * not sent.
 */
export const sendControl = (publisher: Sender, control: Control): boolean =>
  publisher.tryPublish(EXCHANGES.control.name, '', control);

export interface TaskChangeDeps {
  publisher: Sender;
  /** Takes progress to its subscribers. */
  realtime?: { publishProgress(snapshot: ProgressSnapshot): Promise<unknown> };
  logger: Logger;
}

/** Changes of a task's status, with the same facts as its history. */
export interface TaskChange {
  task_id: string;
  /** In order; there may be none. */
  transitions: readonly { status: TaskStatus; reason: string }[];
  /** The key or the service that makes them. */
  operator: string;
  timestamp: Date;
  /** The progress after them. */
  snapshot?: ProgressSnapshot;
  /** A command made it RUNNING, and nothing holds it: nodes take its jobs again. */
  isResumed?: boolean;
}

/**
 * Publishes that a task's status changed, after the change was committed: an event for subscribers, a control message
 * that says what nodes must do now, a line of the log, and the progress. Best effort: the dispatcher repeats the
 * control message while it holds, and subscribers can read the task.
 */
export async function publishTaskChange(
  { publisher, realtime, logger }: TaskChangeDeps,
  { task_id, transitions, operator, timestamp, snapshot, isResumed = false }: TaskChange,
): Promise<void> {
  for (const { status, reason } of transitions) {
    publishEvent(publisher, 'task', status, { task_id, reason, operator }, timestamp);
    const state = toControlState(status, isResumed);
    if (state) sendControl(publisher, { task_ids: [task_id], state });
    const level = status === 'FAILED' || status === 'TIMEOUT' ? 'warn' : 'info';
    logger[level]({ task_id, status, reason, operator, trace_id: toTraceId(snapshot?.traceparent) }, 'task changed');
  }
  if (snapshot) await realtime?.publishProgress(snapshot);
}

function toControlState(status: TaskStatus, isResumed: boolean): TaskControl['state'] | undefined {
  if (isEndedTask(status)) return 'ended';
  if (status === 'PAUSED') return 'paused';
  return status === 'RUNNING' && isResumed ? 'running' : undefined;
}

/**
 * Publishes which tasks are held from now on, and which nothing holds any more, after it was committed. To a node a
 * held task is a paused one. Best effort: the dispatcher repeats the control messages. False if one was not sent.
 */
export function publishHolds(
  { publisher, logger }: Pick<TaskChangeDeps, 'publisher' | 'logger'>,
  { held, released }: { held: readonly string[]; released: readonly { task_id: string; status: TaskStatus }[] },
  { operator, timestamp }: Pick<TaskChange, 'operator' | 'timestamp'>,
): boolean {
  let isSent = true;
  const resumed = released.filter(({ status }) => status !== 'PAUSED' && !isEndedTask(status));
  const controls = [
    { state: 'paused', ids: held },
    { state: 'running', ids: resumed.map(({ task_id }) => task_id) },
  ] as const;
  for (const { state, ids } of controls) {
    for (const task_ids of toPortions(ids, MAX_CONTROL_TASKS)) {
      isSent = sendControl(publisher, { task_ids, state }) && isSent;
    }
  }
  for (const task_id of held) publishEvent(publisher, 'task', 'held', { task_id, operator }, timestamp);
  for (const { task_id } of released) publishEvent(publisher, 'task', 'released', { task_id, operator }, timestamp);
  if (held.length + released.length > 0) {
    logger.info({ held: held.length, released: released.length, operator }, 'holds changed');
  }
  return isSent;
}

/** Sends to every node the leases that no longer hold, in as few messages as the limit allows. */
export function sendLostLeases(publisher: Sender, leaseIds: readonly string[]): void {
  for (const lease_ids of toPortions(leaseIds, MAX_LOST_LEASES)) sendControl(publisher, { state: 'lost', lease_ids });
}

/**
 * Sends a job to its pool, with an id of its own, and with the trace of its task in the header. Resolves with the
 * broker's confirm. The queue of the pool must exist. A job that nobody has taken by its `not_after` leaves the queue.
 * `now`: by the clock that `not_after` follows.
 */
export function sendJob(
  publisher: Publisher,
  {
    pool,
    job: facts,
    traceparent: parent,
    now,
  }: { pool: string; job: Job; traceparent?: string | undefined; now: Date },
): Promise<void> {
  const job: Job = { job_id: randomUUID(), ...facts };
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': toJobQueue(pool).name,
    'cyberstroll.task_id': job.task_id,
    'cyberstroll.subtasks': job.subtasks.length,
  };
  const { not_after } = job;
  return inSpan('send job', { kind: 'producer', parent, attributes }, (traceparent) =>
    publisher.publish(EXCHANGES.jobs.name, pool, job, {
      ...(not_after !== undefined && { expiresAfterMs: Math.max(0, not_after - now.getTime()) }),
      ...(traceparent !== undefined && { headers: { traceparent } }),
    }),
  );
}

/**
 * Publishes subtask updates of a service (service updates) to the updaters, in as few envelopes as the limit allows.
 * Resolves when the broker has confirmed them all.
 */
export async function publishServiceUpdates(
  publisher: Publisher,
  operator: string,
  updates: readonly SubTaskUpdate[],
  options?: PublishOptions,
): Promise<void> {
  const { routingKey } = QUEUES.stateUpdates;
  await Promise.all(
    toPortions(updates, MAX_UPDATES_PER_ENVELOPE).map((part) => {
      const envelope: UpdateEnvelope = { operator, sent_time: new Date().toISOString(), updates: part };
      return publisher.publish(EXCHANGES.serviceUpdates.name, routingKey, envelope, options);
    }),
  );
}

/** The service updates of a sweep. A sweep finds the same subtask again until the updaters have applied its update. */
export interface ServiceUpdateSender {
  /**
   * Sends the updates that were not sent within the last `repeatAfterMs` milliseconds. Resolves to their number, when
   * they are confirmed.
   */
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
