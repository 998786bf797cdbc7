import { QUEUES } from '@cyberstroll/contracts';
import { createGroup } from '@cyberstroll/runtime';
import {
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  testLogger as logger,
} from '@cyberstroll/testkit';
import { createService } from './create-service';

it('keeps the exchange of a message that RabbitMQ dead-lettered: only a service update is replayed as a service update', async () => {
  const testbed = await createTestbed();
  const store = createTestStore(testbed);
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  // An updater that never finishes a message.
  const updater = broker.createConsumer({
    queue: QUEUES.stateUpdates,
    prefetch: 2,
    publisher,
    logger,
    handle: async () => ({ kind: 'retry', delayMs: 1 }),
  });
  const scheduler = createService(testbed);
  const parts = createGroup('test', [store, broker, publisher, updater, scheduler]);
  await parts.start();
  try {
    const { exchanges, routingKey } = QUEUES.stateUpdates;
    for (const exchange of exchanges) await publisher.publish(exchange, routingKey, { exchange });
    const deadLetters = await eventually(async () => {
      const found = await store.deadLetters.findMatching({ reason: 'delivery_limit' }, 10);
      expect(found).toHaveLength(2);
      return store.deadLetters.findWhole(found.map(({ dead_letter_id }) => dead_letter_id));
    });
    expect(deadLetters.map(({ exchange }) => exchange).sort()).toEqual([...exchanges].sort());
    for (const { exchange, content, ...deadLetter } of deadLetters) {
      expect(JSON.parse(content)).toEqual({ exchange });
      expect(deadLetter).toMatchObject({ replayable: true, routing_key: routingKey });
    }
  } finally {
    await parts.stop();
    await testbed.cleanup();
  }
});
