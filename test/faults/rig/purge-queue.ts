import { connect } from 'amqplib';

/** Throws away what waits in a queue, as an operator's slip would. */
export async function purgeQueue(url: string, queue: string): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    await (await connection.createChannel()).purgeQueue(queue);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
