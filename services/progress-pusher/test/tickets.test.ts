import { createTaskBodySchema } from '@cyberstroll/contracts';
import type { Realtime } from '@cyberstroll/realtime';
import type { Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createTargetSet } from '@cyberstroll/targets';
import {
  createTcpProxy,
  createTestbed,
  createTestRealtime,
  createTestStore,
  eventually,
  type TcpProxy,
  type Testbed,
} from '@cyberstroll/testkit';
import { createService, KEY } from './create-service';
import { watch } from './watcher';

let testbed: Testbed;
let redis: TcpProxy;
let store: Store;
let realtime: Realtime;
let service: Service;
let tasks: string[];

beforeAll(async () => {
  testbed = await createTestbed();
  redis = await createTcpProxy(testbed.redis_url);
  store = createTestStore(testbed);
  realtime = createTestRealtime(testbed);
  service = createService({ ...testbed, redis_url: redis.url }, { MAX_CONNECTIONS_PER_KEY: '2' });
  for (const part of [store, realtime, service]) await part.start();
  const body = createTaskBodySchema.parse({ task_target: '127.0.0.1', task_initiator: 'me', scan: { ports: '80' } });
  const targets = createTargetSet({ include: '127.0.0.1' });
  tasks = [];
  for (let n = 0; n < 2; n++) tasks.push((await store.taskStates.createTask({ ...body, targets })).task.task_id);
});
afterAll(async () => {
  for (const part of [service, realtime, store]) await part?.stop();
  await redis?.close();
  await testbed?.cleanup();
});

const watchBy = (ticket: string, taskId = tasks[0]!) =>
  watch(service.port(), taskId, { headers: {}, query: `?ticket=${ticket}` });
const issue = (key: string) => realtime.issueTicket({ task_id: tasks[0]!, key });

it('opens a WebSocket once', async () => {
  const ticket = await issue('page');
  const watcher = await watchBy(ticket);
  await eventually(() => expect(watcher.frames).toMatchObject([{ task_id: tasks[0] }]));
  await expect(watchBy(ticket)).rejects.toThrow('HTTP 401 unauthorised');
  watcher.socket.terminate();
});

it('opens no other task, and is used up by the attempt', async () => {
  const ticket = await issue('page');
  await expect(watchBy(ticket, tasks[1])).rejects.toThrow('HTTP 401 unauthorised');
  await expect(watchBy(ticket)).rejects.toThrow('HTTP 401 unauthorised');
});

it.each(['', 'x', 'x'.repeat(32), '*', '%00'])('is not %j', async (ticket) => {
  await expect(watchBy(ticket)).rejects.toThrow('HTTP 401 unauthorised');
});

it('counts as a connection of its key', async () => {
  const open = [await watch(service.port(), tasks[0]!), await watchBy(await issue('vera'))];
  await expect(watchBy(await issue('vera'))).rejects.toThrow('HTTP 429 too_many_connections');
  await expect(watch(service.port(), tasks[0]!)).rejects.toThrow('HTTP 429 too_many_connections');
  open.push(await watchBy(await issue('page')));
  for (const { socket } of open) socket.terminate();
  await eventually(async () => (await watchBy(await issue('vera'))).socket.terminate());
});

it('cannot be checked without Redis; an API key still works', async () => {
  const ticket = await issue('page');
  redis.cut();
  try {
    await expect(watchBy(ticket)).rejects.toThrow('HTTP 503 unavailable');
    await eventually(async () => (await watch(service.port(), tasks[0]!)).socket.terminate());
  } finally {
    redis.restore();
  }
});

describe('a client that guesses keys', () => {
  it('gets 429 for the rest of the minute; a valid key still works', async () => {
    const own = createService(testbed);
    await own.start();
    const guess = (address: string) => {
      const headers = { 'x-api-key': 'wrong-0123456789abcdef', 'x-forwarded-for': address };
      return watch(own.port(), tasks[0]!, { headers });
    };
    try {
      for (let n = 0; n < 300; n++) await expect(guess('192.0.2.1')).rejects.toThrow('HTTP 401');
      await expect(guess('192.0.2.2')).rejects.toThrow('HTTP 429 rate_limited');
      (await watch(own.port(), tasks[0]!)).socket.terminate();
    } finally {
      await own.stop();
    }
  });

  it('is counted by its own address behind a trusted proxy, for connections too', async () => {
    const own = createService(testbed, { TRUST_PROXY: '1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
    await own.start();
    const from = (address: string) =>
      watch(own.port(), tasks[0]!, { headers: { 'x-api-key': KEY, 'x-forwarded-for': address } });
    try {
      const first = await from('192.0.2.1');
      await expect(from('192.0.2.1')).rejects.toThrow('HTTP 429 too_many_connections');
      const second = await from('192.0.2.2');
      for (const { socket } of [first, second]) socket.terminate();
    } finally {
      await own.stop();
    }
  });
});
