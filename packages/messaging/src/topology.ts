import { EXCHANGES, QUEUES, type QueueSpec } from '@cyberstroll/contracts';
import type { Channel } from 'amqplib';

/** Declares every exchange and every fixed queue with its binding. Repeating it changes nothing. */
export async function declareTopology(channel: Channel): Promise<void> {
  for (const { name, type } of Object.values(EXCHANGES)) await channel.assertExchange(name, type, { durable: true });
  for (const queue of Object.values(QUEUES)) await declareQueue(channel, queue);
}

/** Rejects where an exchange is missing. Asks for no permission. */
export async function expectTopology(channel: Channel): Promise<void> {
  for (const { name } of Object.values(EXCHANGES)) await channel.checkExchange(name);
}

/** Declares one durable queue and binds it. */
export async function declareQueue(channel: Channel, queue: QueueSpec): Promise<void> {
  await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
  for (const exchange of queue.exchanges) await channel.bindQueue(queue.name, exchange, queue.routingKey);
}
