import { QUEUES } from '@cyberstroll/contracts';
import { describeConnectedLifecycle, describeLifecycle, toCutOff } from '@cyberstroll/testkit';
import { type Broker, createBroker, DONE } from '../src';
import { type Fixture, logger, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const createConsumer = (broker: Broker) =>
  broker.createConsumer({
    queue: QUEUES.heartbeats,
    prefetch: 10,
    publisher: fixture.publisher,
    logger,
    handle: async () => DONE,
  });

describeConnectedLifecycle('a broker', ({ rabbitmq_url: url }) => createBroker({ url, name: 'test', logger }));
describeLifecycle('a publisher', () => fixture.broker.createPublisher());
describeLifecycle('a consumer', () => createConsumer(fixture.broker), {
  createCutOff: () =>
    createConsumer(createBroker({ url: toCutOff(fixture.testbed).rabbitmq_url, name: 'test', logger })),
});
describeLifecycle('a consumer with a queue of its own', () =>
  fixture.broker.createConsumer({
    queue: { exclusiveOn: 'cs.events', routingKey: '#' },
    prefetch: 10,
    publisher: fixture.publisher,
    logger,
    handle: async () => DONE,
  }),
);
describeLifecycle('a batch consumer', () =>
  fixture.broker.createBatchConsumer({
    queue: QUEUES.stateUpdates,
    prefetch: 10,
    maxMessages: 10,
    maxWaitMs: 10,
    publisher: fixture.publisher,
    logger,
    handle: async (deliveries) => deliveries.map(() => DONE),
  }),
);
