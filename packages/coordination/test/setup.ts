import { createStore } from '@cyberstroll/store';
import { createTestbed, testLogger as logger } from '@cyberstroll/testkit';

export async function setup() {
  const testbed = await createTestbed();
  const store = await testbed.start(createStore({ uri: testbed.mongodb_uri, instance: 'test', logger }));
  return { testbed, store, cleanup: testbed.cleanup };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;
