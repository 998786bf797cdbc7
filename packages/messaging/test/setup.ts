import { QUEUES } from '@cyberstroll/contracts';
import { callManagement, createTcpProxy, createTestbed, eventually, testLogger } from '@cyberstroll/testkit';
import { type Channel, type ConsumeMessage, connect } from 'amqplib';
import { createBroker } from '../src';
import type { PublisherOptions } from '../src/publisher/publisher';
import { declareExchanges, declareQueue } from '../src/topology/topology';

export const logger = testLogger;

export const PROBE = 'probe';

/** A broker, connected through a proxy, in a vhost of its own. */
export async function setup(options: PublisherOptions = {}) {
  const testbed = await createTestbed();
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  testbed.defer(proxy.close);
  const model = await connect(testbed.rabbitmq_url);
  testbed.defer(() => model.close());
  const broker = await testbed.start(createBroker({ url: proxy.url, name: 'test', logger }));
  const publisher = await testbed.start(broker.createPublisher(options));
  /** A bare channel of amqplib's, past the proxy. */
  const channel = await model.createChannel();

  /** Takes all of a queue's messages off, once `count` have come. Not by `get`: some queues refuse it. */
  async function take(queue: string, count: number): Promise<ConsumeMessage[]> {
    const messages: ConsumeMessage[] = [];
    const { consumerTag } = await channel.consume(queue, (message) => messages.push(message!), { noAck: true });
    await eventually(async () => messages.length >= count && (await channel.checkQueue(queue)).messageCount === 0);
    await channel.cancel(consumerTag);
    return messages;
  }

  const drain = async (queue: string, count: number): Promise<unknown[]> =>
    (await take(queue, count)).map(({ content }) => JSON.parse(content.toString()));

  return {
    testbed,
    proxy,
    broker,
    publisher,
    channel,
    take,
    drain,
    /** Messages ready. */
    async countMessages(queue: string): Promise<number> {
      return (await channel.checkQueue(queue)).messageCount;
    },
    /** Resolves when nobody takes from the queue any more: what is put into it, `PROBE`, stays there. */
    async waitUntilUnconsumed(queue: string): Promise<void> {
      // A cancelled consumer that holds messages is counted as one still.
      await eventually(async () => {
        channel.sendToQueue(queue, Buffer.from(JSON.stringify(PROBE)));
        return (await channel.checkQueue(queue)).messageCount > 0;
      });
    },
    /** What a stopped consumer left in the queue, without `PROBE`. */
    async drainAfterStop(queue: string): Promise<unknown[]> {
      // Behind all that was returned; the probes before it may have been consumed.
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(PROBE)));
      return (await drain(queue, 1)).filter((body) => body !== PROBE);
    },
    /** Closes every connection of the broker under test, as an operator would. */
    async closeConnections(): Promise<void> {
      const { rabbitmq_management_url: url, vhost } = testbed;
      const connections = await eventually(async () => {
        const all = (await callManagement(url, 'GET', `/api/vhosts/${vhost}/connections`)) as {
          name: string;
          client_properties?: { connection_name?: string };
        }[];
        const ours = all.filter(({ client_properties }) => client_properties?.connection_name);
        return ours.length >= 2 && ours;
      });
      for (const { name } of connections) {
        await callManagement(url, 'DELETE', `/api/connections/${encodeURIComponent(name)}`);
      }
    },
    cleanup: testbed.cleanup,
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;

/** As each service declares it. */
export async function declareTopology(channel: Channel): Promise<void> {
  await declareExchanges(channel);
  for (const queue of Object.values(QUEUES)) await declareQueue(channel, queue);
}

/** A promise that the test opens. */
export function createGate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}
