import { EXCHANGES, type ExchangeName, type QueueSpec } from '@cyberstroll/contracts';
import type { Channel } from 'amqplib';

/** Declares every exchange. Repeating it changes nothing. */
export async function declareExchanges(channel: Channel): Promise<void> {
  for (const { name, type } of Object.values(EXCHANGES)) await channel.assertExchange(name, type, { durable: true });
}

/** Rejects where an exchange is missing. Asks for no permission. */
export async function expectExchanges(channel: Channel): Promise<void> {
  for (const { name } of Object.values(EXCHANGES)) await channel.checkExchange(name);
}

/** Declares one durable queue and binds it. */
export async function declareQueue(channel: Channel, queue: QueueSpec): Promise<void> {
  await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
  for (const exchange of queue.exchanges) await channel.bindQueue(queue.name, exchange, queue.routingKey);
}

/** A queue of this process alone, gone with its connection: each consumer gets every message of the exchange. */
export interface ExclusiveQueue {
  exclusiveOn: ExchangeName;
  routingKey?: string;
  /** A message that waits for longer is dropped, in milliseconds; and the queue ends with its consumer. */
  ttlMs?: number;
}

/** An exclusive queue nobody reads must not grow for ever. */
const MAX_EXCLUSIVE_MESSAGES = 10_000;

/** Resolves with the queue's name. A durable queue must be there where `declares` is false: else it rejects. */
export async function declareConsumed(
  channel: Channel,
  queue: QueueSpec | ExclusiveQueue,
  declares: boolean,
): Promise<string> {
  if ('name' in queue) {
    if (declares) await declareQueue(channel, queue);
    // Asks for no permission, and says 404 where to consume would say 403.
    else await channel.checkQueue(queue.name);
    return queue.name;
  }
  const { ttlMs } = queue;
  const { queue: name } = await channel.assertQueue('', {
    exclusive: true,
    ...(ttlMs !== undefined && { autoDelete: true }),
    arguments: { 'x-max-length': MAX_EXCLUSIVE_MESSAGES, ...(ttlMs !== undefined && { 'x-message-ttl': ttlMs }) },
  });
  await channel.bindQueue(name, queue.exclusiveOn, queue.routingKey ?? '');
  return name;
}
