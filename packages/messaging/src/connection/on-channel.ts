import type { Logger } from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';
import { type Lifetime, watchLifetime } from './lifetime';

/** A channel that stays open until somebody closes it. */
export async function openChannelOn(
  model: ChannelModel,
  logger: Logger,
): Promise<{ channel: Channel; lifetime: Lifetime }> {
  const channel = await model.createChannel();
  return { channel, lifetime: watchLifetime(channel, logger) };
}

/** Runs `use` on a channel of its own, and closes that. */
export async function onChannel<Result>(
  model: ChannelModel,
  logger: Logger,
  use: (channel: Channel) => Promise<Result>,
): Promise<Result> {
  const { channel, lifetime } = await openChannelOn(model, logger);
  try {
    return await use(channel);
  } finally {
    await lifetime.close();
  }
}
