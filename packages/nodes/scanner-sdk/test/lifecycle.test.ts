import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import { describeConnectedLifecycle, testLogger as logger, type Testbed } from '@cyberstroll/testkit';
import { createScannerNode } from '../src';

const create = ({ rabbitmq_url: rabbitmqUrl }: Testbed) =>
  createScannerNode({
    rabbitmqUrl,
    nodeId: 'node-1',
    capacity: 4,
    scope: parseScope(DEFAULT_SCOPE),
    logger,
    scan: async () => ({ open_ports: [], services: [], response_time: 1 }),
  });

describeConnectedLifecycle('a scanner node', create, { isNode: true });
