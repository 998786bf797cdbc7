import { createTcpProxy, createTestbed, type TcpProxy, type Testbed, testLogger } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { createRealtime, type Realtime, TICKET_EXPIRES_IN } from '../src';

const ticket = { task_id: 'a'.repeat(24), key: 'vera' };
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

const toKey = (text: string) => `${testbed.redis_prefix}cs:ticket:${text}`;

it('returns its content once, even if two callers take it at the same time', async () => {
  const text = await realtime.issueTicket(ticket);
  const taken = await Promise.all([realtime.takeTicket(text), realtime.takeTicket(text)]);
  expect(taken.filter(Boolean)).toEqual([ticket]);
  expect(await realtime.issueTicket(ticket)).not.toBe(text);
});

it('expires', async () => {
  const text = await realtime.issueTicket(ticket);
  const leftMs = await redis.pttl(toKey(text));
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(TICKET_EXPIRES_IN * 1_000);
  await redis.pexpire(toKey(text), 0);
  expect(await realtime.takeTicket(text)).toBeUndefined();
});

it('does not ask Redis for an invalid ticket', async () => {
  const requests = proxy.countRequests('cs:ticket');
  for (const text of ['', 'x', `${'x'.repeat(31)}*`, 'x'.repeat(10_000)]) {
    expect(await realtime.takeTicket(text)).toBeUndefined();
  }
  expect(requests.count).toBe(0);
});

it('rejects while Redis is unavailable', async () => {
  const text = await realtime.issueTicket(ticket);
  proxy.cut();
  const away = { kind: 'transient', code: 'redis_unavailable' };
  await expect(realtime.issueTicket(ticket)).rejects.toMatchObject(away);
  await expect(realtime.takeTicket(text)).rejects.toMatchObject(away);
});
