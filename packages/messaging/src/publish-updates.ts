import {
  EXCHANGES,
  MAX_UPDATES_PER_ENVELOPE,
  QUEUES,
  type SubTaskUpdate,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import type { Publisher, PublishOptions } from './publisher/publisher';

/**
 * Sends a service's subtask updates to the updaters, as orders, in as few envelopes as they may come in; resolves when the
 * broker has all.
 */
export async function publishUpdates(
  publisher: Publisher,
  operator: string,
  updates: readonly SubTaskUpdate[],
  options?: PublishOptions,
): Promise<void> {
  const envelopes: UpdateEnvelope[] = [];
  for (let first = 0; first < updates.length; first += MAX_UPDATES_PER_ENVELOPE) {
    const part = updates.slice(first, first + MAX_UPDATES_PER_ENVELOPE);
    envelopes.push({ operator, sent_time: new Date().toISOString(), updates: part });
  }
  await Promise.all(
    envelopes.map((envelope) =>
      publisher.publish(EXCHANGES.serviceUpdates.name, QUEUES.stateUpdates.routingKey, envelope, options),
    ),
  );
}

/** How a sweep says what it finds: it finds a thing again and again until the updaters have come to it. */
export interface UpdateSender {
  /** Sends those that were not sent within the last `repeatAfterMs`; resolves to how many, when the broker has them. */
  send(updates: readonly SubTaskUpdate[], now: Date): Promise<number>;
}

export function createUpdateSender({
  publisher,
  operator,
  repeatAfterMs,
}: {
  publisher: Publisher;
  operator: string;
  repeatAfterMs: number;
}): UpdateSender {
  const sent = new Map<string, number>();
  const toKey = ({ subtask_id, attempt, lease_id, status }: SubTaskUpdate) =>
    `${subtask_id} ${attempt} ${lease_id} ${status}`;

  return {
    async send(updates, now) {
      for (const [key, time] of sent) if (now.getTime() - time >= repeatAfterMs) sent.delete(key);
      const fresh = updates.filter((update) => !sent.has(toKey(update)));
      await publishUpdates(publisher, operator, fresh);
      for (const update of fresh) sent.set(toKey(update), now.getTime());
      return fresh.length;
    },
  };
}
