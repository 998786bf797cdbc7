import timers from 'node:timers';
import { createLogger } from '@cyberstroll/runtime';
import {
  createTcpProxy,
  createTestbed,
  eventually,
  forgeReply,
  type TcpProxy,
  type Testbed,
  testLogger,
} from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createStore } from '../src/create-store';

let testbed: Testbed;
let proxy: TcpProxy;

beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.mongodb_uri);
});
afterAll(async () => {
  await proxy?.close();
  await testbed?.cleanup();
});

it('waits for a MongoDB that is not there yet, says so once, and starts when it comes', async () => {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const logged: string[] = [];
  logger.warn = ((_: unknown, message: string) => void logged.push(message)) as typeof logger.warn;
  const store = createStore({ uri: proxy.url, instance: 'test', logger });
  proxy.cut();
  const starting = store.start();
  await eventually(() => expect(logged).toEqual(['dependency unavailable']));
  await expect(store.check()).rejects.toMatchObject({ code: 'mongodb_unavailable' });
  proxy.restore();
  await starting;
  await store.check();
  expect(logged).toHaveLength(1);
  await store.stop();
});

it('waits while MongoDB refuses its credentials, and logs MongoDB’s answer', async () => {
  const refused = forgeReply(proxy, { code: 18, codeName: 'AuthenticationFailed' });
  const store = createStore({ uri: proxy.url, instance: 'test', logger: testLogger });
  const starting = store.start();
  await eventually(() =>
    expect(store.check()).rejects.toMatchObject({
      kind: 'transient',
      code: 'mongodb_unavailable',
      message: 'MongoDB is unavailable: it answers AuthenticationFailed (18)',
    }),
  );
  refused.end();
  await starting;
  await store.check();
  const blocked = forgeReply(proxy, { code: 371, codeName: 'UserWritesBlocked' }, { of: ['ping'] });
  await expect(store.check()).rejects.toThrow('it answers UserWritesBlocked (371)');
  blocked.end();
  await store.stop();
});

it('fails at once if only an operator can help: an existing index conflicts', async () => {
  const refused = forgeReply(proxy, { code: 85, codeName: 'IndexOptionsConflict' }, { of: ['createIndexes'] });
  const store = createStore({ uri: proxy.url, instance: 'test', logger: testLogger });
  await expect(store.start()).rejects.toThrow('IndexOptionsConflict');
  refused.end();
  await store.stop();
});

it('has leases deleted that ran out hours ago, and none that may be held', async () => {
  const store = createStore({ uri: testbed.mongodb_uri, instance: 'test', logger: testLogger });
  await store.start();
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  try {
    const indexes = await connection.collection('leases').indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 21_600 }));
    await store.leases.acquireAll(['dispatch:of-a-task'], 1_000);
    expect(await connection.collection('leases').findOne()).toMatchObject({ expires: expect.any(Date) });
  } finally {
    await connection.close();
    await store.stop();
  }
});

it('does not wake an idle process to check its pool of connections', async () => {
  const set = jest.spyOn(timers, 'setTimeout');
  const store = createStore({ uri: testbed.mongodb_uri, instance: 'test', logger: testLogger });
  try {
    await store.start();
    const checks = set.mock.calls.filter(([check]) => `${check}`.includes('ensureMinPoolSize'));
    expect(checks.length).toBeGreaterThan(0);
    for (const [, ms] of checks) expect(ms).toBeGreaterThanOrEqual(10_000);
  } finally {
    set.mockRestore();
    await store.stop();
  }
});
