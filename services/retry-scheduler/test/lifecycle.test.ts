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
import { createRetrySchedulerService } from '../src/service';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const createFrom = (variables: Record<string, string>) =>
  createRetrySchedulerService(loadConfig(configShape, { ...variables, INSTANCE_ID: 'test' }), testLogger);

describeLifecycle('retry-scheduler', () => createFrom(toVariables(testbed)), {
  createCutOff: () => createFrom(toCutOffVariables(testbed)),
});
