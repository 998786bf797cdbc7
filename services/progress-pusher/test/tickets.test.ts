import { createUnsentTask, eventually, upTo } from '@cyberstroll/testkit';
import { createService, KEY } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
let tasks: string[];

beforeAll(async () => {
  fixture = await setup('redis_url', { MAX_CONNECTIONS_PER_KEY: '2' });
  tasks = await Promise.all(upTo(2).map(() => createUnsentTask(fixture.store, '127.0.0.1')));
});
afterAll(() => fixture?.cleanup());

const watchBy = (ticket: string, taskId = tasks[0]!) => watch(fixture.service, taskId, { query: `?ticket=${ticket}` });
const issue = (name: string) => fixture.issue({ name }, tasks[0]!);

it('opens a WebSocket once', async () => {
  const ticket = await issue('page');
  const { updates, close } = await watchBy(ticket);
  await eventually(() => expect(updates).toMatchObject([{ task_id: tasks[0] }]));
  await expect(watchBy(ticket)).rejects.toThrow('HTTP 401 unauthorised');
  close();
});

it('counts as a connection of its key', async () => {
  const open = [await watch(fixture.service, tasks[0]!), await watchBy(await issue('vera'))];
  await expect(watchBy(await issue('vera'))).rejects.toThrow('HTTP 429 too_many_connections');
  await expect(watch(fixture.service, tasks[0]!)).rejects.toThrow('HTTP 429 too_many_connections');
  open.push(await watchBy(await issue('page')));
  for (const each of open) each.close();
  await eventually(async () => (await watchBy(await issue('vera'))).close());
});

it('cannot be checked without Redis; an API key still works', async () => {
  const ticket = await issue('page');
  fixture.proxy.cut();
  try {
    await expect(watchBy(ticket)).rejects.toThrow('HTTP 503 unavailable');
    await eventually(async () => (await watch(fixture.service, tasks[0]!)).close());
  } finally {
    fixture.proxy.restore();
  }
});

describe('a client that guesses keys', () => {
  it('gets 429 for the rest of the minute; a valid key still works', async () => {
    const own = createService(fixture.testbed);
    await own.start();
    const guess = (address: string) => {
      const headers = { 'x-api-key': 'wrong-0123456789abcdef', 'x-forwarded-for': address };
      return watch(own, tasks[0]!, { headers });
    };
    try {
      // At once: all of them are within a minute.
      await Promise.all(upTo(300).map(() => expect(guess('192.0.2.1')).rejects.toThrow('HTTP 401')));
      await expect(guess('192.0.2.2')).rejects.toThrow('HTTP 429 rate_limited');
      (await watch(own, tasks[0]!)).close();
    } finally {
      await own.stop();
    }
  });

  it('is counted by its own address behind a trusted proxy, for connections too', async () => {
    const own = createService(fixture.testbed, { TRUST_PROXY: '1', MAX_CONNECTIONS_PER_ADDRESS: '1' });
    await own.start();
    const from = (address: string) =>
      watch(own, tasks[0]!, { headers: { 'x-api-key': KEY, 'x-forwarded-for': address } });
    try {
      const first = await from('192.0.2.1');
      await expect(from('192.0.2.1')).rejects.toThrow('HTTP 429 too_many_connections');
      const second = await from('192.0.2.2');
      for (const each of [first, second]) each.close();
    } finally {
      await own.stop();
    }
  });
});
