import { randomBytes } from 'node:crypto';
import {
  type DeadLetter,
  EXCHANGES,
  type Heartbeat,
  type Job,
  QUEUES,
  type SubTaskUpdate,
  toJobQueue,
  toSubTaskId,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import { createBroker, sendControl } from '@cyberstroll/messaging';
import { testLogger } from '../testbed/test-logger';
import type { Testbed } from '../testbed/testbed';
import { callManagement } from '../testbed/vhost';
import { createListener } from './listen';

export type NodePeer = Awaited<ReturnType<typeof createNodePeer>>;

const createTaskId = (): string => randomBytes(12).toString('hex');

/** A job for the first `count` addresses of 127.0.0.0/8 after 127.0.0.0. */
export function createJob(count: number, overrides: Partial<Job> = {}): Job {
  const task_id = overrides.task_id ?? createTaskId();
  return {
    task_id,
    scan: { ports: '80', method: 'connect' },
    // Longer than any test waits.
    subtask_timeout: 3_600,
    subtasks: Array.from({ length: count }, (_, i) => ({
      subtask_id: toSubTaskId(task_id, i),
      ip: `127.0.${Math.floor((i + 1) / 256)}.${(i + 1) % 256}`,
      attempt: 1,
    })),
    ...overrides,
  };
}

/** The other end of a node: sends jobs and control, and reads everything that a node says. */
export async function createNodePeer(testbed: Testbed) {
  const broker = createBroker({ url: testbed.rabbitmq_url, name: 'node peer', logger: testLogger });
  const publisher = broker.createPublisher();
  const envelopes: UpdateEnvelope[] = [];
  const heartbeats: Heartbeat[] = [];
  const deadLetters: DeadLetter[] = [];
  const collect = (queue: (typeof QUEUES)[keyof typeof QUEUES], into: unknown[]) =>
    createListener({ broker, publisher }, queue, (body) => into.push(body));
  const hear = async (body: unknown) => {
    const heartbeat = body as Heartbeat;
    heartbeats.push(heartbeat);
    // As heartbeat-monitor does: a node waits for its queue.
    for (const pool of heartbeat.pools) await broker.declareJobQueue(pool);
  };
  const parts = [
    broker,
    publisher,
    collect(QUEUES.stateUpdates, envelopes),
    createListener({ broker, publisher }, QUEUES.heartbeats, hear),
    collect(QUEUES.deadLetters, deadLetters),
  ];
  for (const part of parts) await part.start();
  await broker.declareJobQueue('default');
  const repeating = setInterval(() => {
    if (!peer.repeatsPauses) return;
    void sendControl(publisher, { state: 'repeated', within_ms: 0, server_time: peer.serverNow() });
  }, 100);

  const peer = {
    /** Whether the peer sends `repeated` ten times a second, as a dispatcher does every 0.5 s. True at first. */
    repeatsPauses: true,
    /** An hour ahead of this machine's clock: no node may count on its own. */
    serverNow: (): number => Math.round(performance.timeOrigin + performance.now()) + 3_600_000,
    broker,
    envelopes,
    heartbeats,
    deadLetters,
    sendJob: (job: unknown, pool = 'default'): Promise<void> => publisher.publish(EXCHANGES.jobs.name, pool, job),
    /** Every update of a task, in order of arrival. */
    updatesOf: (taskId: string): SubTaskUpdate[] =>
      envelopes.flatMap(({ updates }) => updates).filter((update) => update.task_id === taskId),
    /** The statuses of one subtask's updates, in order of arrival. */
    statusesOf: (subtaskId: string): string[] =>
      envelopes
        .flatMap(({ updates }) => updates)
        .filter((update) => update.subtask_id === subtaskId)
        .map(({ status }) => status),
    /** Job messages that no node has. Undefined where RabbitMQ may not know: it answers late, or no node listens. */
    countWaitingJobs: async (pool = 'default'): Promise<number | undefined> =>
      (await broker.queueDepth(toJobQueue(pool).name)).known,
    /** Deletes the job messages that no node has. */
    dropJobs: (pool = 'default'): Promise<unknown> => {
      const { rabbitmq_management_url, vhost } = testbed;
      const path = `/api/queues/${vhost}/${toJobQueue(pool).name}/contents`;
      return callManagement(rabbitmq_management_url, 'DELETE', path);
    },
    /** Stops reading updates. */
    async stop(): Promise<void> {
      clearInterval(repeating);
      for (const part of [...parts].reverse()) await part.stop();
    },
  };
  return peer;
}
