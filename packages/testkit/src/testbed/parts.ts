import { type Broker, createBroker, type Publisher } from '@cyberstroll/messaging';
import { createRealtime, type Realtime } from '@cyberstroll/realtime';
import { createStore, type Store } from '@cyberstroll/store';
import { withoutHeartbeats } from './engine-urls';
import { testLogger as logger } from './test-logger';
import { createTestbed, type Testbed } from './testbed';

/** A store on the testbed's database, not started. `instance` owns its leases and its counters. */
export const createTestStore = ({ mongodb_uri }: Pick<Testbed, 'mongodb_uri'>, instance = 'test'): Store =>
  // A test may ask for hundreds of documents at once, on a slow machine.
  createStore({ uri: mongodb_uri, waitQueueTimeoutMS: 60_000, instance, logger });

/**
 * A broker in the testbed's vhost, not started. `name` is shown in RabbitMQ's list of connections, and as the sender of
 * each message.
 */
export const createTestBroker = ({ rabbitmq_url }: Pick<Testbed, 'rabbitmq_url'>, name = 'test'): Broker =>
  createBroker({ url: withoutHeartbeats(rabbitmq_url), name, logger });

/** The testbed's Redis with its prefix, not started. */
export const createTestRealtime = ({
  redis_url,
  redis_prefix,
}: Pick<Testbed, 'redis_url' | 'redis_prefix'>): Realtime =>
  createRealtime({ url: redis_url, prefix: redis_prefix, logger });

interface Parts {
  testbed: Testbed;
  store: Store;
  realtime: Realtime;
  broker: Broker;
  publisher: Publisher;
  cleanup(): Promise<void>;
}

/** A fresh testbed with a store, a broker, its publisher and realtime, started; `cleanup` ends all of it. */
export async function startParts(): Promise<Parts> {
  const testbed = await createTestbed();
  const store = await testbed.start(createTestStore(testbed));
  const realtime = await testbed.start(createTestRealtime(testbed));
  const broker = await testbed.start(createTestBroker(testbed));
  const publisher = await testbed.start(broker.createPublisher());
  return { testbed, store, realtime, broker, publisher, cleanup: testbed.cleanup };
}
