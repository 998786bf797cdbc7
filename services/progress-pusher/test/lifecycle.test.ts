import { loadConfig } from '@cyberstroll/runtime';
import {
  createTestbed,
  describeLifecycle,
  type Testbed,
  testLogger,
  toCutOffVariables,
  toVariables,
} from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createProgressPusherService } from '../src/service';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const createFrom = (variables: Record<string, string>) =>
  createProgressPusherService(
    loadConfig(configShape, { ...variables, INSTANCE_ID: 'test', API_KEYS: 'vera:viewer:0123456789abcdef' }),
    testLogger,
  );

describeLifecycle('progress-pusher', () => createFrom(toVariables(testbed)), {
  createCutOff: () => createFrom(toCutOffVariables(testbed)),
});
