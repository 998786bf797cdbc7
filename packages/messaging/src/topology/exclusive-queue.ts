import type { ExchangeName, QueueSpec } from '@cyberstroll/contracts';
import type { Channel } from 'amqplib';
import { declareQueue } from './topology';

/** A queue of this process alone, gone with its connection: each consumer gets every message of the exchange. */
export interface ExclusiveQueue {
  exclusiveOn: ExchangeName;
  routingKey?: string;
}

/** An exclusive queue nobody reads must not grow for ever. */
const MAX_EXCLUSIVE_MESSAGES = 10_000;

/** Resolves with the queue's name. */
export async function declareConsumed(channel: Channel, queue: QueueSpec | ExclusiveQueue): Promise<string> {
  if ('name' in queue) {
    await declareQueue(channel, queue);
    return queue.name;
  }
  const { queue: name } = await channel.assertQueue('', {
    exclusive: true,
    arguments: { 'x-max-length': MAX_EXCLUSIVE_MESSAGES },
  });
  await channel.bindQueue(name, queue.exclusiveOn, queue.routingKey ?? '');
  return name;
}
