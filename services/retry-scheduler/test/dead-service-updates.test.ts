import { QUEUES } from '@cyberstroll/contracts';
import { eventually, testLogger as logger, startParts } from '@cyberstroll/testkit';
import { createService } from './create-service';

it('keeps the exchange of a message that RabbitMQ dead-lettered: only a service update is replayed as a service update', async () => {
  const { testbed, store, broker, publisher, cleanup } = await startParts();
  // An updater that never finishes a message.
  const handle = async () => ({ kind: 'retry', delayMs: 1 }) as const;
  await testbed.start(broker.createConsumer({ queue: QUEUES.stateUpdates, prefetch: 2, publisher, logger, handle }));
  await testbed.start(createService(testbed));
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
    await cleanup();
  }
});
