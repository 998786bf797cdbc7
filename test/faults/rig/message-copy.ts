import type { QueueSpec } from '@cyberstroll/contracts';
import { type Channel, connect } from 'amqplib';

/** Everything that some exchanges were given, as it came: a queue of the rig's own beside those of the services. */
export interface MessageCopy {
  /** All since the beginning, or since `forget`, each whole as text. */
  read(): Promise<string[]>;
  forget(): void;
}

export async function createMessageCopy(
  url: string,
  { name: queue, exchanges, routingKey }: Pick<QueueSpec, 'name' | 'exchanges' | 'routingKey'>,
): Promise<MessageCopy> {
  let messages: string[] = [];
  async function onChannel(act: (channel: Channel) => Promise<unknown>) {
    const connection = await connect(url);
    connection.on('error', () => undefined);
    try {
      await act(await connection.createChannel());
    } finally {
      await connection.close().catch(() => undefined);
    }
  }
  await onChannel(async (channel) => {
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    for (const exchange of exchanges) await channel.bindQueue(queue, exchange, routingKey);
  });

  /** Takes what waits now; resolves with how much that was. */
  async function take(channel: Channel): Promise<number> {
    const { messageCount } = await channel.checkQueue(queue);
    if (messageCount === 0) return 0;
    let taken = 0;
    await new Promise<void>((resolve, reject) => {
      channel.once('close', () => reject(new Error(`${queue} was cut off`)));
      const consuming = channel.consume(queue, (message) => {
        if (!message) return;
        // A job whose time is over has left its queue as it was meant to: it is no dead letter.
        const isExpired = message.properties.headers?.['x-first-death-reason'] === 'expired';
        if (!isExpired) messages.push(message.content.toString('utf8'));
        channel.ack(message);
        taken += 1;
        if (taken === messageCount)
          consuming.then(({ consumerTag }) => channel.cancel(consumerTag)).then(() => resolve(), reject);
      });
      consuming.catch(reject);
    });
    return taken;
  }

  return {
    async read() {
      await onChannel(async (channel) => {
        while ((await take(channel)) > 0);
      });
      return messages;
    },
    forget() {
      messages = [];
    },
  };
}
