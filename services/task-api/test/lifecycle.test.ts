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
import { createTaskApiService } from '../src/service';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const createFrom = (variables: Record<string, string>) =>
  createTaskApiService(
    loadConfig(configShape, { ...variables, INSTANCE_ID: 'test', API_KEYS: 'vera:viewer:0123456789abcdef' }),
    testLogger,
  );

describeLifecycle('task-api', () => createFrom(toVariables(testbed)), {
  createCutOff: () => createFrom(toCutOffVariables(testbed)),
});
