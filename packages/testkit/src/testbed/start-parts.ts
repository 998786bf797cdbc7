import type { Broker, Publisher } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Store } from '@cyberstroll/store';
import { createTestBroker, createTestRealtime, createTestStore } from './create-parts';
import { createTestbed, type Testbed } from './testbed';

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
