import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import { describeConnectedLifecycle, testLogger as logger } from '@cyberstroll/testkit';
import { createScannerNode } from '../src';

describeConnectedLifecycle('a scanner node', ({ rabbitmq_url: rabbitmqUrl }) =>
  createScannerNode({
    rabbitmqUrl,
    nodeId: 'node-1',
    capacity: 4,
    scope: parseScope(DEFAULT_SCOPE),
    logger,
    scan: async () => ({ open_ports: [], services: [], response_time: 1 }),
  }),
);
