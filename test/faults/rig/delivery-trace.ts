import { createHash } from 'node:crypto';
import { callManagement } from '@cyberstroll/testkit';
import { type ConsumeMessage, connect } from 'amqplib';

/**
 * Each message of some queues that RabbitMQ has handed to a client, reported by its own tracer. Its flag `redelivered`
 * and its statistics count too much: they include messages that were not yet sent when their consumer cancelled, so
 * that no client got them.
 */
export interface DeliveryTrace {
  /** By queue: the messages that were handed out, and how many of them more than once. */
  count(): Record<string, { messages: number; repeated: number }>;
  stop(): Promise<void>;
}

const TRACER = 'amq.rabbitmq.trace';

export async function traceDeliveries(
  { url, managementUrl }: { url: string; managementUrl: string },
  queues: readonly string[],
): Promise<DeliveryTrace> {
  const vhost = new URL(url).pathname.slice(1) || '%2F';
  const setTracing = (tracing: boolean) => callManagement(managementUrl, 'PUT', `/api/vhosts/${vhost}`, { tracing });
  const times = new Map(queues.map((queue) => [queue, new Map<string, number>()]));
  const connection = await connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  for (const name of queues) await channel.bindQueue(queue, TRACER, `deliver.${name}`);
  await channel.consume(
    queue,
    (message) => {
      if (!message) return;
      const ofQueue = times.get(message.fields.routingKey.slice('deliver.'.length))!;
      const identity = toIdentity(message);
      ofQueue.set(identity, (ofQueue.get(identity) ?? 0) + 1);
    },
    { noAck: true },
  );
  await setTracing(true);

  return {
    count: () =>
      Object.fromEntries(
        [...times].map(([name, ofQueue]) => {
          const repeated = [...ofQueue.values()].filter((deliveries) => deliveries > 1).length;
          return [name, { messages: ofQueue.size, repeated }];
        }),
      ),
    async stop() {
      await setTracing(false);
      await connection.close();
    },
  };
}

/** A publisher numbers what it sends, from one in each process; of two processes the times in it differ. */
function toIdentity({ content, properties }: ConsumeMessage): string {
  const { app_id, message_id } = (properties.headers?.['properties'] ?? {}) as Record<string, unknown>;
  return `${app_id} ${message_id} ${createHash('sha1').update(content).digest('hex')}`;
}
