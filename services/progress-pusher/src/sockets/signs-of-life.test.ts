import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { asksForSigns, createSignsOfLife } from './signs-of-life';

function createSocket({ bufferedAmount = 0 } = {}) {
  const sent: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    bufferedAmount,
    sent,
    send: (text: string) => sent.push(text),
  });
  return socket as typeof socket & WebSocket;
}

async function setup(checkStore: () => Promise<unknown>) {
  jest.useFakeTimers();
  const signs = createSignsOfLife({ checkStore });
  await signs.start();
  return { signs, pass: (ms: number) => jest.advanceTimersByTimeAsync(ms) };
}
afterEach(() => jest.useRealTimers());

it('says each 2 s that the connection lives, until it closes', async () => {
  const { signs, pass } = await setup(async () => undefined);
  const socket = createSocket();
  signs.add(socket);
  await pass(4_000);
  expect(socket.sent).toEqual(['{"type":"alive"}', '{"type":"alive"}']);
  socket.emit('close');
  await pass(4_000);
  expect(socket.sent).toHaveLength(2);
});

it('says nothing while the store refuses or does not answer, and asks it once for all', async () => {
  const answers = [Promise.reject(new Error('away')), new Promise(() => undefined), Promise.resolve()];
  const checkStore = jest.fn(() => answers.shift() ?? Promise.resolve());
  const { signs, pass } = await setup(checkStore);
  const sockets = [createSocket(), createSocket()];
  for (const socket of sockets) signs.add(socket);
  await pass(5_500);
  expect(sockets.map(({ sent }) => sent.length)).toEqual([0, 0]);
  await pass(500);
  expect(sockets.map(({ sent }) => sent.length)).toEqual([1, 1]);
  expect(checkStore).toHaveBeenCalledTimes(3);
});

it('does not ask the store for nobody, and queues nothing for a client that does not read', async () => {
  const checkStore = jest.fn(async () => undefined);
  const { signs, pass } = await setup(checkStore);
  await pass(4_000);
  expect(checkStore).not.toHaveBeenCalled();
  const slow = createSocket({ bufferedAmount: 10 });
  signs.add(slow);
  await pass(4_000);
  expect(slow.sent).toEqual([]);
});

it('signs are for those who ask for them', () => {
  expect(['/ws?alive=true', '/ws?ticket=a&alive=true', '/ws?alive=1', '/ws'].map(asksForSigns)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
