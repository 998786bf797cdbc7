import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { eventually } from '@cyberstroll/testkit';
import { WebSocket, WebSocketServer } from 'ws';
import { MAX_BUFFERED_BYTES, MAX_SLOW_MS } from '../src/core/slow-consumer-policy';
import { createGridSubscriber } from '../src/sockets/grid-subscriber';

const FRAME = new Uint8Array(16_384);
/** More than the kernel buffers of a loopback connection hold. */
const FRAMES = 2_000;

it('drops changes for a client that does not read, has it reload once it reads, and closes it after 30 s', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  await once(client, 'open');
  const got: (string | number)[] = [];
  client.on('message', (data: Buffer, isBinary) => got.push(isBinary ? data.length : String(data)));
  client.pause();
  const clock = { now: 0 };
  const subscriber = createGridSubscriber(socket, () => clock.now, { countFrame: () => undefined });
  const flood = () => {
    for (let i = 0; i < FRAMES; i++) {
      subscriber.push(FRAME);
      expect(socket.bufferedAmount).toBeLessThan(MAX_BUFFERED_BYTES + 2 * FRAME.length);
    }
  };
  try {
    flood();
    client.resume();
    await eventually(() => {
      subscriber.tick();
      return got.at(-1) === JSON.stringify({ type: 'reload', reason: 'too_slow', spread_ms: 0 });
    });
    const before = got.length;
    expect(before).toBeLessThan(FRAMES);
    subscriber.push(FRAME);
    await eventually(() => got.length === before + 1);
    expect(got.at(-1)).toBe(FRAME.length);

    client.pause();
    for (let i = 0; socket.bufferedAmount <= MAX_BUFFERED_BYTES || i < FRAMES; i++) {
      subscriber.push(FRAME);
      if (i % 10 !== 0) continue;
      await new Promise(setImmediate);
      // The kernel's buffers grow: what was full may have room again, and changes are sent only after a tick.
      subscriber.tick();
    }
    subscriber.tick();
    clock.now = MAX_SLOW_MS - 1;
    subscriber.tick();
    expect(socket.readyState).toBe(socket.OPEN);
    clock.now = MAX_SLOW_MS;
    subscriber.tick();
    expect(socket.readyState).toBe(socket.CLOSING);
  } finally {
    client.terminate();
    server.close();
  }
});
