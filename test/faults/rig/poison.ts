import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { connect } from 'amqplib';
import type { Ledger } from './ledger';

const envelope = (updates: string) =>
  `{"node_id":"poisoner","sent_time":"2026-01-01T00:00:00Z","updates":[${updates}]}`;

/** Messages that nobody can apply, each with its marker in it. */
const KINDS: Record<string, (marker: string, taskId: string) => string> = {
  broken_json: (marker) => `{"updates": [ "${marker}"`,
  no_envelope: (marker) => `["${marker}"]`,
  unknown_status: (marker, id) =>
    envelope(`{"task_id":"${id}","subtask_id":"${id}-0","attempt":1,"lease_id":"${marker}","status":"DONE"}`),
  proto_keys: (marker) => envelope(`{"__proto__":{"polluted":true},"marker":"${marker}"}`),
  operator_keys: (marker, id) =>
    envelope(`{"task_id":{"$gt":""},"subtask_id":"${id}-0","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`),
  unknown_task: (marker) =>
    envelope(
      `{"task_id":"${'f'.repeat(24)}","subtask_id":"${'f'.repeat(24)}-0","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`,
    ),
  outside_of_task: (marker, id) =>
    envelope(`{"task_id":"${id}","subtask_id":"${id}-999999","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`),
  five_megabytes: (marker) => `{"marker":"${marker}","fill":"${'x'.repeat(5_000_000)}"}`,
};

/** Publishes one of each kind to the state updates, and writes it down. Resolves to their number, all confirmed. */
export async function sendPoison(url: string, taskId: string, ledger: Ledger): Promise<number> {
  const connection = await connect(url);
  try {
    const channel = await connection.createConfirmChannel();
    for (const [kind, make] of Object.entries(KINDS)) {
      const marker = `poison-${kind}-${process.hrtime.bigint()}`;
      ledger.write({ kind: 'poison', marker, confirmed: false });
      channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, Buffer.from(make(marker, taskId)), {
        persistent: true,
      });
      await channel.waitForConfirms();
      ledger.write({ kind: 'poison', marker, confirmed: true });
    }
  } finally {
    await connection.close();
  }
  return Object.keys(KINDS).length;
}
