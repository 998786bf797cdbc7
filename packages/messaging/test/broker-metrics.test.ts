import { QUEUES } from '@cyberstroll/contracts';
import { createMetrics } from '@cyberstroll/runtime';
import { createTcpProxy, createTestbed, eventually } from '@cyberstroll/testkit';
import { createBroker, type Verdict } from '../src';
import { logger } from './setup';

const spec = QUEUES.stateUpdates;

it('shows how full the outbox is, and what was decided about each message', async () => {
  const testbed = await createTestbed();
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  const metrics = createMetrics('test');
  const broker = createBroker({ url: proxy.url, name: 'test', logger, metrics });
  const publisher = broker.createPublisher({ maxOutbox: 10 });
  const verdicts: Record<string, Verdict> = {
    good: { kind: 'done' },
    bad: { kind: 'deadLetter', reason: 'bad_field', detail: 'it is' },
  };
  const handled: unknown[] = [];
  const consumer = broker.createConsumer({
    queue: spec,
    prefetch: 10,
    handle: async ({ body }) => {
      handled.push(body);
      return verdicts[body as string]!;
    },
    publisher,
    logger,
  });
  const read = async (name: string) => (await metrics.getSingleMetric(`cyberstroll_${name}`)!.get()).values;
  const level = async (name: string) => (await read(`outbox_${name}`))[0]!.value;
  await broker.start();
  await publisher.start();

  proxy.holdReplies();
  const published = ['good', 'bad', 'good', 'good'].map((body) =>
    publisher.publish(spec.exchanges[0]!, spec.routingKey, body),
  );
  await eventually(async () => (await level('messages')) === 4);
  expect(await level('bytes')).toBe(Buffer.byteLength('"good""bad""good""good"'));
  expect(await level('full_ratio')).toBe(0.4);
  proxy.releaseReplies();
  await Promise.all(published);
  expect([await level('messages'), await level('bytes'), await level('full_ratio')]).toEqual([0, 0, 0]);

  await consumer.start();
  await eventually(() => handled.length === 4);
  await consumer.stop();
  const counts = await read('messages_handled_total');
  expect(counts.map(({ labels, value }) => [labels['queue'], labels['verdict'], value]).sort()).toEqual([
    [spec.name, 'dead_letter', 1],
    [spec.name, 'done', 3],
  ]);

  await publisher.stop();
  await broker.stop();
  await proxy.close();
  await testbed.cleanup();
});
