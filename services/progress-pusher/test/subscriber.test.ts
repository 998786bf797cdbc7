import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { toMessage } from '@cyberstroll/progress';
import { eventually } from '@cyberstroll/testkit';
import { WebSocket, WebSocketServer } from 'ws';
import { MAX_BUFFERED_BYTES, MAX_SLOW_MS } from '../src/core/slow-consumer-policy';
import { createSubscriber } from '../src/sockets/subscriber';

const FRAME_BYTES = 16_384;
/** More than the kernel buffers of a loopback connection hold. */
const FRAMES = 2_000;

const snapshot = { status: 'RUNNING' } as ProgressSnapshot;
const toFrame = (seq: number, task_id = 'a') => ({
  task_id,
  seq,
  snapshot,
  bytes: Buffer.from(JSON.stringify({ task_id, seq, fill: 'x'.repeat(FRAME_BYTES) })),
});

/** A subscriber on a real socket whose client reads nothing yet, and a clock of its own. */
async function setup() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  await once(client, 'open');
  const seqs: number[] = [];
  client.on('message', (data) => seqs.push(JSON.parse(String(data))[0].seq));
  client.pause();
  const clock = { now: 0 };
  const frames = { sent: 0, thinned: 0, cut: 0 };
  const countFrame = (outcome: keyof typeof frames) => void frames[outcome]++;
  const subscriber = createSubscriber(socket, () => clock.now, { countFrame }, toMessage);
  return {
    client,
    socket,
    seqs,
    clock,
    subscriber,
    frames,
    close() {
      client.terminate();
      server.close();
    },
  };
}

it('F24: holds one frame for a client that does not read, and sends the latest once it reads', async () => {
  const { client, socket, seqs, subscriber, frames, close } = await setup();
  for (let seq = 0; seq < FRAMES; seq++) {
    subscriber.push([toFrame(seq)]);
    expect(socket.bufferedAmount).toBeLessThan(MAX_BUFFERED_BYTES + 2 * FRAME_BYTES);
  }
  client.resume();
  await eventually(() => {
    subscriber.tick();
    return seqs.at(-1) === FRAMES - 1;
  });
  expect(seqs.length).toBeLessThan(FRAMES);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(frames).toEqual({ sent: seqs.length, thinned: FRAMES - seqs.length, cut: 0 });
  close();
});

it('F24: closes a client that reads nothing for 30 s, not earlier', async () => {
  const { socket, subscriber, clock, frames, close } = await setup();
  // Each waits for the event loop, so that the kernel takes what it can.
  for (let seq = 0; socket.bufferedAmount <= MAX_BUFFERED_BYTES || seq < FRAMES; seq++) {
    subscriber.push([toFrame(seq)]);
    if (seq % 10 === 0) await new Promise(setImmediate);
  }
  subscriber.tick();
  clock.now = MAX_SLOW_MS - 1;
  subscriber.tick();
  expect(socket.readyState).toBe(socket.OPEN);
  const closed = once(socket, 'close');
  clock.now = MAX_SLOW_MS;
  subscriber.tick();
  expect(socket.readyState).toBe(socket.CLOSING);
  await closed;
  expect(frames.cut).toBe(1);
  close();
});

it('holds one frame of each task, and sends them together as soon as the client reads', async () => {
  const { client, socket, subscriber, close } = await setup();
  const received = new Map<string, number>();
  client.on('message', (data) => {
    for (const { task_id, seq } of JSON.parse(String(data))) received.set(task_id, seq);
  });
  for (let seq = 0; seq < FRAMES; seq++) subscriber.push([toFrame(seq)]);
  expect(socket.bufferedAmount).toBeGreaterThan(MAX_BUFFERED_BYTES);
  const tasks = Array.from({ length: 50 }, (_, n) => `task-${n}`);
  for (const seq of [1, 2, 3]) subscriber.push(tasks.map((task) => toFrame(seq, task)));
  client.resume();
  // Without a tick: each send that ends begins the next.
  await eventually(() => received.size === tasks.length + 1);
  expect(new Set(tasks.map((task) => received.get(task)))).toEqual(new Set([3]));
  expect(received.get('a')).toBe(FRAMES - 1);
  close();
});
