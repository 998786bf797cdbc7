import { EXCHANGES, QUEUES, type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import { createBroker } from '@cyberstroll/messaging';
import { createGroup, createLogger, delay } from '@cyberstroll/runtime';
import type { BenchApi } from './api';
import { toTargets } from './to-targets';
import { writeLedger } from './write-ledger';

export interface OwnNode {
  task_id: string;
  /** Reports these subtasks as completed, in one envelope of that node. Resolves when RabbitMQ has confirmed it. */
  complete(indexes: readonly number[], nodeId?: string): Promise<void>;
  close(): Promise<void>;
}

/** A task of `total` subtasks for us alone: its pool has no other node, and its ledger says that all is sent out. */
export async function openOwnNode(
  { rabbitmq_url, mongodb_uri }: { rabbitmq_url: string; mongodb_uri: string },
  api: BenchApi,
  { total, pool }: { total: number; pool: string },
): Promise<OwnNode> {
  const logger = createLogger({ service: 'bench', instance: 'bench', level: 'silent' });
  const broker = createBroker({ url: rabbitmq_url, name: 'bench-node', logger });
  const publisher = broker.createPublisher();
  const connection = createGroup('bench', [broker, publisher]);
  await connection.start();
  const task_id = await api.createTask(toTargets(total), { pool, order: 'sequential' });
  while ((await api.getTask(task_id))['status'] === 'CREATED') await delay(20);
  await writeLedger(mongodb_uri, task_id, total);
  return {
    task_id,
    async complete(indexes, nodeId = 'bench-node') {
      const updates = indexes.map((index) => toUpdate(task_id, index));
      const envelope = { node_id: nodeId, instance_id: 'bench', sent_time: new Date().toISOString(), updates };
      await publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, envelope);
    },
    close: () => connection.stop(),
  };
}

function toUpdate(taskId: string, index: number): SubTaskUpdate {
  const time = new Date().toISOString();
  return {
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    attempt: 1,
    lease_id: `bench-${index}`,
    status: 'COMPLETED',
    assigned_time: time,
    started_time: time,
    completed_time: time,
    scan_result: { open_ports: [], services: [], response_time: 0 },
  };
}
