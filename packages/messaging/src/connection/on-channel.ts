import type { Logger } from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';
import { type Watched, watch } from './lifetime';

/** A channel that stays open until somebody closes it. */
export async function openChannelOn(
  model: ChannelModel,
  logger: Logger,
): Promise<{ channel: Channel; watched: Watched }> {
  const channel = await model.createChannel();
  return { channel, watched: watch(channel, logger) };
}

/** Runs `use` on a channel of its own, and closes that. */
export async function onChannel<Result>(
  model: ChannelModel,
  logger: Logger,
  use: (channel: Channel) => Promise<Result>,
): Promise<Result> {
  const { channel, watched } = await openChannelOn(model, logger);
  try {
    return await use(channel);
  } finally {
    await watched.close();
  }
}
