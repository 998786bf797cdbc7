/**
 * A node of the rig's own that scans nothing: it claims and completes the subtasks that a test names, in envelopes of
 * its own making. It beats as any node does, or what it holds would be reassigned, and its updates are as good as any
 * node's; what comes of them is the checker's business.
 */

import { randomUUID } from 'node:crypto';
import { EXCHANGES, QUEUES, type SubTaskUpdate, toSubTaskId, type UpdateEnvelope } from '@cyberstroll/contracts';
import { type Broker, createBroker, type Publisher, type PublisherOptions } from '@cyberstroll/messaging';
import { createGroup, createLogger } from '@cyberstroll/runtime';
import { toHeartbeat } from '@cyberstroll/testkit';

/** No node has this pool: its tasks are the recording node's alone, and nobody sends it jobs of them. */
export const RECORDED_POOL = 'recorded';
const POOL_OF_NO_TASK = 'none';

const BEAT_MS = 500;
/** As many as a heartbeat may list. */
const MAX_LISTED = 10_000;

export interface RecordingNode {
  readonly node_id: string;
  readonly publisher: Publisher;
  /**
   * A claim of each subtask and its end, under one lease: two updates per index, in order. The first attempt by
   * default, which finds a port that encodes the index.
   */
  toUpdates(
    taskId: string,
    indexes: readonly number[],
    options?: { attempt?: number; end?: 'COMPLETED' | 'FAILED' },
  ): SubTaskUpdate[];
  /** Publishes them in envelopes of `perEnvelope`, `copies` times each; resolves when the broker has confirmed all. */
  send(updates: readonly SubTaskUpdate[], options?: { perEnvelope?: number; copies?: number }): Promise<void>;
  stop(): Promise<void>;
}

export async function createRecordingNode(
  url: string,
  nodeId: string,
  options: PublisherOptions = {},
): Promise<RecordingNode> {
  const logger = createLogger({ service: 'faults', instance: nodeId, level: 'silent' });
  const broker: Broker = createBroker({ url, name: nodeId, logger });
  const publisher = broker.createPublisher(options);
  const parts = createGroup(nodeId, [broker, publisher]);
  await parts.start();
  const sender = { node_id: nodeId, instance_id: randomUUID() };

  /** Of envelopes that the broker has not confirmed. */
  const unconfirmed = new Set<readonly SubTaskUpdate[]>();

  async function sendEnvelope(updates: SubTaskUpdate[]) {
    const envelope: UpdateEnvelope = { ...sender, sent_time: new Date().toISOString(), updates };
    unconfirmed.add(updates);
    try {
      await publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, envelope);
    } finally {
      unconfirmed.delete(updates);
    }
  }

  function beat() {
    const listed = new Set([...unconfirmed].flatMap((updates) => updates.map(({ subtask_id }) => subtask_id)));
    const heartbeat = toHeartbeat({
      ...sender,
      capacity: 1,
      pools: [POOL_OF_NO_TASK],
      current_tasks: [...listed]
        .slice(0, MAX_LISTED)
        .map((subtask_id) => ({ subtask_id, status: 'scanning', progress: 0 })),
    });
    publisher.tryPublish(EXCHANGES.heartbeats.name, QUEUES.heartbeats.routingKey, heartbeat);
  }
  beat();
  const beating = setInterval(beat, BEAT_MS);

  return {
    node_id: nodeId,
    publisher,
    toUpdates: (taskId, indexes, { attempt = 1, end = 'COMPLETED' } = {}) =>
      indexes.flatMap((index): SubTaskUpdate[] => {
        const claim = { task_id: taskId, subtask_id: toSubTaskId(taskId, index), attempt, lease_id: randomUUID() };
        const started_time = new Date().toISOString();
        return [
          { ...claim, status: 'SCANNING', started_time },
          { ...claim, status: end, started_time, completed_time: started_time, ...toFound(index, end) },
        ];
      }),
    async send(updates, { perEnvelope = 20, copies = 1 } = {}) {
      const sent: Promise<void>[] = [];
      for (let first = 0; first < updates.length; first += perEnvelope) {
        const part = updates.slice(first, first + perEnvelope);
        for (let copy = 0; copy < copies; copy++) sent.push(sendEnvelope(part));
      }
      await Promise.all(sent);
    },
    stop() {
      clearInterval(beating);
      return parts.stop();
    },
  };
}

const toFound = (index: number, end: 'COMPLETED' | 'FAILED'): Partial<SubTaskUpdate> =>
  end === 'COMPLETED'
    ? { scan_result: { open_ports: [1 + (index % 65_535)], services: [], response_time: 1 } }
    : { error_info: { error_code: 'INTERNAL_ERROR', error_message: 'as the test asked' } };
