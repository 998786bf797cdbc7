import { createTcpProxy, createTestbed, type TcpProxy, type Testbed, testLogger } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { createRealtime, type Realtime } from '../src';

let testbed: Testbed;
let proxy: TcpProxy;
let realtime: Realtime;
let redis: Redis;

beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.redis_url);
  redis = new Redis(testbed.redis_url);
  const { redis_prefix: prefix } = testbed;
  realtime = createRealtime({ url: proxy.url, prefix, logger: testLogger, commandTimeoutMs: 60_000 });
  await realtime.start();
});
afterAll(async () => {
  await realtime?.stop();
  redis?.disconnect();
  await proxy?.close();
  await testbed?.cleanup();
});

it('is got once, even if two callers take it at the same time', async () => {
  await realtime.keepTicket('once', 'a ticket', 30);
  const taken = await Promise.all([realtime.takeTicket('once'), realtime.takeTicket('once')]);
  expect(taken.filter((each) => each !== undefined)).toEqual(['a ticket']);
});

it('expires', async () => {
  await realtime.keepTicket('short', 'a ticket', 30);
  const key = `${testbed.redis_prefix}cs:ticket:short`;
  const leftMs = await redis.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(30_000);
  await redis.pexpire(key, 0);
  expect(await realtime.takeTicket('short')).toBeUndefined();
});

it('rejects while Redis is unavailable', async () => {
  proxy.cut();
  const unavailable = { kind: 'transient', code: 'redis_unavailable' };
  await expect(realtime.keepTicket('lost', 'a ticket', 30)).rejects.toMatchObject(unavailable);
  await expect(realtime.takeTicket('lost')).rejects.toMatchObject(unavailable);
});
