import { EXCHANGES } from '@cyberstroll/contracts';
import { connect } from 'amqplib';

/** A queue of the rig's own beside `cs.dead-letters`: every dead letter since its beginning, whoever takes the other. */
export interface DeadLetterCopy {
  /** All so far, each whole as text. */
  read(): Promise<string[]>;
}

const QUEUE = 'rig.dead-letters';

export async function createDeadLetterCopy(url: string): Promise<DeadLetterCopy> {
  const letters: string[] = [];
  async function onChannel<T>(
    act: (channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>) => Promise<T>,
  ) {
    const connection = await connect(url);
    connection.on('error', () => undefined);
    try {
      return await act(await connection.createChannel());
    } finally {
      await connection.close().catch(() => undefined);
    }
  }
  await onChannel(async (channel) => {
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(QUEUE, EXCHANGES.deadLetters.name, '#');
  });
  return {
    async read() {
      await onChannel(async (channel) => {
        for (;;) {
          const message = await channel.get(QUEUE);
          if (!message) return;
          letters.push(message.content.toString('utf8'));
          channel.ack(message);
        }
      });
      return letters;
    },
  };
}
