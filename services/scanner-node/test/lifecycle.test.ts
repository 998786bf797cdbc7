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
import { createScannerNodeService } from '../src/service';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const createFrom = (variables: Record<string, string>) =>
  createScannerNodeService(loadConfig(configShape, { ...variables, NODE_ID: 'node-1' }), testLogger);

describeLifecycle('scanner-node', () => createFrom(toVariables(testbed)), {
  createCutOff: () => createFrom(toCutOffVariables(testbed)),
});
