import { EXCHANGES, QUEUES, type SubTaskUpdate, toSubTaskId, type UpdateEnvelope } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import { connect } from 'amqplib';

/** Updates in an envelope: what a node gathers in 50 ms at some hundreds a second. */
const PER_ENVELOPE = 20;
const TICK_MS = 20;
/** How many envelopes may wait for the broker's confirms. */
const MOST_UNCONFIRMED = 5_000;

export interface Sending {
  updates: number;
  seconds: number;
}

/**
 * Publishes the completion of each of a task's `count` subtasks, in order, at `rate` updates a second or as fast as the
 * broker takes them; resolves when it has confirmed all.
 */
export async function sendUpdates(
  rabbitmqUrl: string,
  { taskId, count, rate }: { taskId: string; count: number; rate: number },
): Promise<Sending> {
  const connection = await connect(rabbitmqUrl);
  try {
    const channel = await connection.createConfirmChannel();
    const begun = performance.now();
    let unconfirmed = 0;
    let sent = 0;
    while (sent < count) {
      const due = Math.min(count, Math.floor(((performance.now() - begun) * rate) / 1_000));
      for (; sent < due && unconfirmed < MOST_UNCONFIRMED; sent += PER_ENVELOPE) {
        const updates = Array.from({ length: Math.min(PER_ENVELOPE, count - sent) }, (_, i) =>
          toUpdate(taskId, sent + i),
        );
        const envelope: UpdateEnvelope = {
          node_id: 'flood-node',
          instance_id: 'flood',
          sent_time: new Date().toISOString(),
          updates,
        };
        unconfirmed += 1;
        const content = Buffer.from(JSON.stringify(envelope));
        channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, content, { persistent: true }, () => {
          unconfirmed -= 1;
        });
      }
      await delay(TICK_MS);
    }
    await channel.waitForConfirms();
    return { updates: count, seconds: (performance.now() - begun) / 1_000 };
  } finally {
    await connection.close();
  }
}

function toUpdate(taskId: string, index: number): SubTaskUpdate {
  const time = new Date().toISOString();
  return {
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    attempt: 1,
    lease_id: `flood-${index}`,
    status: 'COMPLETED',
    assigned_time: time,
    started_time: time,
    completed_time: time,
    scan_result: { open_ports: [], services: [], response_time: 0 },
  };
}
