import { randomUUID } from 'node:crypto';
import { EXCHANGES, QUEUES, toSubTaskId, type UpdateEnvelope } from '@cyberstroll/contracts';
import { connect } from 'amqplib';
import type { Ledger } from './ledger';

/**
 * Claims by a node that nobody ever hears: it takes these places of a task and does nothing. Resolves when the broker
 * has them.
 */
export async function sendGhostClaims(
  url: string,
  { taskId, indexes }: { taskId: string; indexes: readonly number[] },
  ledger: Ledger,
): Promise<void> {
  const node_id = `ghost-${randomUUID().slice(0, 8)}`;
  // Those that were not sent out yet, or are at another attempt, may be refused.
  ledger.write({ kind: 'forgery', marker: node_id });
  const envelope: UpdateEnvelope = {
    node_id,
    instance_id: randomUUID(),
    sent_time: new Date().toISOString(),
    updates: indexes.map((index) => ({
      task_id: taskId,
      subtask_id: toSubTaskId(taskId, index),
      attempt: 1,
      lease_id: randomUUID(),
      status: 'SCANNING',
      started_time: new Date().toISOString(),
    })),
  };
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    const body = Buffer.from(JSON.stringify(envelope));
    channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, body, { persistent: true });
    await channel.waitForConfirms();
  } finally {
    await connection.close().catch(() => undefined);
  }
}
