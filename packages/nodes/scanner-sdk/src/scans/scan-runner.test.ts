import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { stall } from '@cyberstroll/testkit';
import { runScan } from '../testing';

it('a scan whose answer arrived while the node stalled is COMPLETED', async () => {
  const server = createServer((socket) => socket.end('open'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const scan = async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    stall(3_500);
    await once(socket, 'data');
    return { open_ports: [80], services: [], response_time: 1 };
  };
  const { last } = await runScan(scan, { timeoutMs: 3_000 });
  server.close();
  expect(last).toMatchObject({ status: 'COMPLETED', scan_result: { open_ports: [80] } });
});
