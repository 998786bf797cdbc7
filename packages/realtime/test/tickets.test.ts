import { createTcpProxy, createTestbed, holdDate, type TcpProxy, type Testbed, testLogger } from '@cyberstroll/testkit';
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

const sign = (text: string) => `signed ${text.length}`;
const issue = () => realtime.issueTicket(ticket, sign);
const find = async () => (await redis.keys(`${testbed.redis_prefix}cs:ticket:*`)) as [string];

it('returns its content once, even if two callers take it at the same time', async () => {
  const text = await issue();
  const taken = await Promise.all([realtime.takeTicket(text), realtime.takeTicket(text)]);
  const found = taken.filter((one) => one !== undefined);
  expect(found.map((one) => one.ticket)).toEqual([ticket]);
  expect(found[0]!.signature).toBe(sign(found[0]!.signed));
  const other = await issue();
  expect(other).not.toBe(text);
  await realtime.takeTicket(other);
});

it('expires', async () => {
  const text = await issue();
  const [key] = await find();
  const leftMs = await redis.pttl(key);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(TICKET_EXPIRES_IN * 1_000);
  await redis.pexpire(key, 0);
  expect(await realtime.takeTicket(text)).toBeUndefined();
});

it('is nothing that a reader of Redis could use, and ends even if a writer puts it back', async () => {
  const text = await issue();
  const [key] = await find();
  const value = (await redis.get(key))!;
  expect(`${key} ${value}`).not.toContain(text);
  const date = holdDate();
  try {
    const signed = (await realtime.takeTicket(text))?.signed;
    await redis.set(key, value);
    expect((await realtime.takeTicket(text))?.signed).toBe(signed);
    await redis.set(key, value);
    date.pass(3_600_000);
    expect(await realtime.takeTicket(text)).toBeUndefined();
  } finally {
    date.release();
  }
});

it('does not ask Redis for an invalid ticket', async () => {
  const requests = proxy.countRequests('cs:ticket');
  for (const text of ['', 'x', `${'x'.repeat(31)}*`, 'x'.repeat(10_000)]) {
    expect(await realtime.takeTicket(text)).toBeUndefined();
  }
  expect(requests.count).toBe(0);
});

it('rejects while Redis is unavailable', async () => {
  const text = await issue();
  proxy.cut();
  const away = { kind: 'transient', code: 'redis_unavailable' };
  await expect(issue()).rejects.toMatchObject(away);
  await expect(realtime.takeTicket(text)).rejects.toMatchObject(away);
});
