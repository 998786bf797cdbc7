import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import { createScannerNode } from './create-scanner-node';

it.each([
  ['heartbeatIntervallMs', /unknown option `heartbeatIntervallMs`; did you mean `heartbeatIntervalMs`\?$/],
  ['url', /unknown option `url`; there are rabbitmqUrl, tls, nodeId, /],
])('the option %s, which there is not, is refused with the nearest name', (option, message) => {
  const options = {
    rabbitmqUrl: 'amqp://127.0.0.1',
    nodeId: 'node-1',
    capacity: 1,
    scope: parseScope(DEFAULT_SCOPE),
    scan: async () => ({ open_ports: [], services: [], response_time: 1 }),
    [option]: 1,
  };
  expect(() => createScannerNode(options)).toThrow(message);
});
