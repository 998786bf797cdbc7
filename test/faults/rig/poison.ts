import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { connect } from 'amqplib';
import type { Ledger } from './ledger';

const envelope = (updates: string, sender = '"node_id":"poisoner"') =>
  `{${sender},"sent_time":"2026-01-01T00:00:00Z","updates":[${updates}]}`;

/** Messages that nobody can apply, each with its marker in it. */
const KINDS: Record<string, (marker: string, taskId: string) => string> = {
  broken_json: (marker) => `{"updates": [ "${marker}"`,
  no_envelope: (marker) => `["${marker}"]`,
  unknown_status: (marker, id) =>
    envelope(`{"task_id":"${id}","subtask_id":"${id}-0","attempt":1,"lease_id":"${marker}","status":"DONE"}`),
  proto_keys: (marker, id) =>
    envelope(
      `{"__proto__":{"polluted":true},"task_id":"${id}","subtask_id":"${id}-0","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`,
    ),
  operator_keys: (marker, id) =>
    envelope(`{"task_id":{"$gt":""},"subtask_id":"${id}-0","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`),
  unknown_task: (marker) =>
    envelope(
      `{"task_id":"${'f'.repeat(24)}","subtask_id":"${'f'.repeat(24)}-0","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`,
    ),
  outside_of_task: (marker, id) =>
    envelope(`{"task_id":"${id}","subtask_id":"${id}-999999","attempt":1,"lease_id":"${marker}","status":"COMPLETED"}`),
  forged_service_update: (marker, id) =>
    envelope(
      `{"task_id":"${id}","subtask_id":"${id}-0","attempt":1,"status":"CANCELLED","reason":"${marker}"}`,
      '"node_id":"poisoner","operator":"poisoner"',
    ),
  five_megabytes: (marker) => `{"marker":"${marker}","fill":"${'x'.repeat(5_000_000)}"}`,
};

/** What each kind is refused for. */
export const POISON_REASONS: Record<keyof typeof KINDS, string> = {
  broken_json: 'not_json',
  no_envelope: 'bad_envelope',
  unknown_status: 'bad_field',
  proto_keys: 'bad_field',
  operator_keys: 'bad_field',
  unknown_task: 'unknown_task',
  outside_of_task: 'outside_target_set',
  forged_service_update: 'not_a_service_update',
  five_megabytes: 'too_large',
};

/** Publishes one of each kind to the state updates, and writes it down. Resolves to their markers, all confirmed. */
export async function sendPoison(url: string, taskId: string, ledger: Ledger): Promise<string[]> {
  const markers: string[] = [];
  const connection = await connect(url);
  // Whoever waits for a confirm hears of it.
  connection.on('error', () => undefined);
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
      markers.push(marker);
    }
  } finally {
    await connection.close().catch(() => undefined);
  }
  return markers;
}
