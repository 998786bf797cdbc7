import {
  createTestbed,
  describeLifecycle,
  testLogger as logger,
  type Testbed,
  toCutOffVariables,
} from '@cyberstroll/testkit';
import { createStore } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

describeLifecycle('a store', () => createStore({ uri: testbed.mongodb_uri, instance: 'test', logger }), {
  createCutOff: () => createStore({ uri: toCutOffVariables(testbed)['MONGODB_URI']!, instance: 'test', logger }),
});
