import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import {
  createTestbed,
  describeLifecycle,
  testLogger as logger,
  type Testbed,
  toCutOffVariables,
} from '@cyberstroll/testkit';
import { createScannerNode } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const createFrom = (rabbitmqUrl: string) =>
  createScannerNode({
    ...{ rabbitmqUrl, nodeId: 'node-1', capacity: 4, scope: parseScope(DEFAULT_SCOPE), logger },
    scan: async () => ({ open_ports: [], services: [], response_time: 1 }),
  });

describeLifecycle('a scanner node', () => createFrom(testbed.rabbitmq_url), {
  createCutOff: () => createFrom(toCutOffVariables(testbed)['RABBITMQ_URL']!),
});
