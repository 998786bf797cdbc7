import {
  EXCHANGES,
  MAX_UPDATES_PER_ENVELOPE,
  QUEUES,
  type ScanResult,
  type SubTaskUpdate,
  toPortions,
  toSubTaskId,
} from '@cyberstroll/contracts';
import { createBroker, type Publisher } from '@cyberstroll/messaging';
import { createGroup, createLogger, delay } from '@cyberstroll/runtime';
import mongoose from 'mongoose';
import type { Bench } from '../part';
import { toTargets } from './to-targets';
import { writeLedgerTo } from './write-ledger';

export interface OwnNode {
  /** A task of `total` subtasks for us alone: its pool has no other node, and its ledger says that all is sent out. */
  openTask(total: number): Promise<string>;
  /** Reports these subtasks as completed, in envelopes of that node. Resolves when RabbitMQ has confirmed them. */
  complete(subTasks: readonly Place[], nodeId?: string): Promise<void>;
  readonly publisher: Publisher;
  close(): Promise<void>;
}

export interface Place {
  task_id: string;
  index: number;
  /** By default no port is open. */
  scan_result?: ScanResult;
}

const NOTHING_OPEN: ScanResult = { open_ports: [], services: [], response_time: 0 };

const LOOK_EVERY_MS = 20;

/** A node that scans nothing. */
export async function openOwnNode(
  { api, description, signal }: Pick<Bench, 'api' | 'description' | 'signal'>,
  pool: string,
): Promise<OwnNode> {
  const logger = createLogger({ service: 'bench', instance: 'bench', level: 'silent' });
  const broker = createBroker({ url: description.rabbitmq_url, name: 'bench-node', logger });
  const publisher = broker.createPublisher();
  const group = createGroup('bench', [broker, publisher]);
  await group.start();
  const mongodb = await mongoose.createConnection(description.mongodb_uri).asPromise();
  return {
    publisher,
    async openTask(total) {
      const task_id = await api.createTask(toTargets(total), { pool, order: 'sequential' });
      while ((await api.getTask(task_id))['status'] === 'CREATED') await delay(LOOK_EVERY_MS, signal);
      await writeLedgerTo(mongodb, task_id, total);
      return task_id;
    },
    async complete(subTasks, nodeId = 'bench-node') {
      signal.throwIfAborted();
      const sent = toPortions(subTasks, MAX_UPDATES_PER_ENVELOPE).map((portion) => {
        const updates = portion.map(toUpdate);
        const envelope = { node_id: nodeId, instance_id: 'bench', sent_time: new Date().toISOString(), updates };
        return publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, envelope);
      });
      await Promise.all(sent);
    },
    async close() {
      await Promise.all([group.stop(), mongodb.close()]);
    },
  };
}

function toUpdate({ task_id, index, scan_result = NOTHING_OPEN }: Place): SubTaskUpdate {
  const time = new Date().toISOString();
  return {
    task_id,
    subtask_id: toSubTaskId(task_id, index),
    attempt: 1,
    lease_id: `bench-${index}`,
    status: 'COMPLETED',
    assigned_time: time,
    started_time: time,
    completed_time: time,
    scan_result,
  };
}
