import {
  EXCHANGES,
  type ExchangeName,
  type Heartbeat,
  QUEUES,
  type SubTaskUpdate,
  toSubTaskId,
} from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';

/**
 * A node's report that it scans the subtask at `index`, its first attempt, under the lease `lease-<index>`, where
 * `fields` say nothing else.
 */
export const toUpdate = (taskId: string, index: number, fields: Partial<SubTaskUpdate> = {}): SubTaskUpdate => ({
  task_id: taskId,
  subtask_id: toSubTaskId(taskId, index),
  attempt: 1,
  lease_id: `lease-${index}`,
  status: 'SCANNING',
  ...fields,
});

/** Publishes updates in one envelope, as the node `node-1` does, or as `sender` does to `exchange`. */
export const sendUpdates = (
  publisher: Publisher,
  updates: readonly unknown[],
  sender: object = { node_id: 'node-1', instance_id: 'node-1-a' },
  exchange: ExchangeName = EXCHANGES.state.name,
): Promise<void> =>
  publisher.publish(exchange, QUEUES.stateUpdates.routingKey, {
    ...sender,
    sent_time: new Date().toISOString(),
    updates,
  });

/** Applies such reports, of the node `n1`, to the store, without the roll-up. */
export const report = (store: Store, taskId: string, indexes: readonly number[], fields: Partial<SubTaskUpdate> = {}) =>
  store.subTasks.batchUpdateSubTasks(
    indexes.map((index) => ({
      sender: { node_id: 'n1', instance_id: 'n1-a' },
      update: toUpdate(taskId, index, fields),
    })),
  );

/** The fields of a report that the scan has failed, so that it may be retried. */
export const FAILURE: Partial<SubTaskUpdate> = {
  status: 'FAILED',
  error_info: { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' },
};

/**
 * A heartbeat of a node that is online and idle: `n1` with 10 slots of the default pool, where `fields` say nothing
 * else.
 */
export const toHeartbeat = (fields: Partial<Heartbeat> = {}): Heartbeat => ({
  node_id: 'n1',
  instance_id: `${fields.node_id ?? 'n1'}-a`,
  timestamp: Date.now(),
  status: 'online',
  current_tasks: [],
  system_info: { cpu_usage: 0, memory_usage: 0, active_threads: 0 },
  capacity: 10,
  pools: ['default'],
  ...fields,
});
