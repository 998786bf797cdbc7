import { QUEUES } from '@cyberstroll/contracts';
import {
  createTestbed,
  describeLifecycle,
  testLogger as logger,
  type Testbed,
  toCutOffVariables,
} from '@cyberstroll/testkit';
import { type Broker, createBroker, DONE, type Publisher } from '../src';

let testbed: Testbed;
let broker: Broker;
let publisher: Publisher;
beforeAll(async () => {
  testbed = await createTestbed();
  broker = createBroker({ url: testbed.rabbitmq_url, name: 'test', logger });
  publisher = broker.createPublisher();
  await broker.start();
  await publisher.start();
});
afterAll(async () => {
  await publisher?.stop();
  await broker?.stop();
  await testbed?.cleanup();
});

const handle = async () => DONE;

describeLifecycle('a broker', () => createBroker({ url: testbed.rabbitmq_url, name: 'test', logger }), {
  createCutOff: () => createBroker({ url: toCutOffVariables(testbed)['RABBITMQ_URL']!, name: 'test', logger }),
});
describeLifecycle('a publisher', () => broker.createPublisher());
describeLifecycle('a consumer', () =>
  broker.createConsumer({ queue: QUEUES.heartbeats, prefetch: 10, handle, publisher, logger }),
);
describeLifecycle('a consumer with a queue of its own', () =>
  broker.createConsumer({
    queue: { exclusiveOn: 'cs.events', routingKey: '#' },
    prefetch: 10,
    handle,
    publisher,
    logger,
  }),
);
describeLifecycle('a batch consumer', () =>
  broker.createBatchConsumer({
    ...{ queue: QUEUES.stateUpdates, prefetch: 10, maxMessages: 10, maxWaitMs: 10, publisher, logger },
    handle: async (deliveries) => deliveries.map(() => DONE),
  }),
);

describe('with a broker that is away', () => {
  let away: Broker;
  beforeAll(() => {
    away = createBroker({ url: toCutOffVariables(testbed)['RABBITMQ_URL']!, name: 'test', logger });
  });
  describeLifecycle(
    'a consumer',
    () => broker.createConsumer({ queue: QUEUES.heartbeats, prefetch: 10, handle, publisher, logger }),
    {
      createCutOff: () => away.createConsumer({ queue: QUEUES.heartbeats, prefetch: 10, handle, publisher, logger }),
    },
  );
});
