import {
  createTestbed,
  describeLifecycle,
  testLogger as logger,
  type Testbed,
  toCutOffVariables,
} from '@cyberstroll/testkit';
import { createRealtime } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

describeLifecycle('realtime', () => createRealtime({ url: testbed.redis_url, prefix: testbed.redis_prefix, logger }), {
  createCutOff: () => createRealtime({ url: toCutOffVariables(testbed)['REDIS_URL']!, logger }),
});
