import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createRunClock } from '@cyberstroll/scanner-sdk';
import { createUdpScanner } from '../src/scanners/udp-scanner';

const scan = createUdpScanner({ portConcurrency: 8, answerTimeoutMs: 1_000 });
const clock = createRunClock();
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => clock.stop());

/** A UDP port of 127.0.0.8. Without `answer` it says nothing. */
async function serve(answer?: (message: Buffer, from: RemoteInfo, socket: Socket) => void): Promise<number> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (message, from) => answer?.(message, from, socket));
  socket.bind(0, '127.0.0.8');
  await once(socket, 'listening');
  return (socket.address() as AddressInfo).port;
}

async function scanPorts(ports: number[], signal = new AbortController().signal) {
  const target = { ip: '127.0.0.8', ports, task_id: '', subtask_id: '', attempt: 1, method: 'udp', timeoutMs: 60_000 };
  return scan(target, { signal, clock, progress: () => undefined });
}

it('a port that answers is open, a silent one may be, and a refused one is not', async () => {
  const answering = await serve((_, from, socket) => socket.send('pong \u001b[31m', from.port, from.address));
  // The first datagram was lost.
  let received = 0;
  const late = await serve((_, from, socket) => ++received === 2 && socket.send('late', from.port, from.address));
  const silent = await serve();
  const closed = await serve();
  sockets.pop()!.close();
  const result = await scanPorts([answering, late, silent, closed]);
  const open = [
    { port: answering, protocol: 'udp', state: 'open', banner: 'pong [31m' },
    { port: late, protocol: 'udp', state: 'open', banner: 'late' },
  ];
  expect(result).toMatchObject({
    open_ports: [answering, late].sort((a, b) => a - b),
    ports: [...open.sort((a, b) => a.port - b.port), { port: silent, protocol: 'udp', state: 'open|filtered' }],
  });
  expect(result.ports).toHaveLength(3);
  expect(result.response_time).toBeGreaterThan(0);
});

it('ends when it is aborted', async () => {
  const aborting = new AbortController();
  const scanned = scanPorts([await serve(() => aborting.abort())], aborting.signal);
  await expect(scanned).rejects.toThrow('aborted');
});
