import { EXCHANGES, type QueueSpec } from '@cyberstroll/contracts';
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
