import { type RedisGroup, redisCluster, redisPair, redisSentinel } from '@cyberstroll/local';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { inspectRealtime } from '../src';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await createTestbed();
});
afterAll(() => testbed?.cleanup());

const inspect = async (url: string) =>
  (await inspectRealtime({ url, prefix: testbed.redis_prefix, commandTimeoutMs: 60_000 })).map(({ check, verdict }) => [
    check,
    verdict,
  ]);
const OF_SERVERS = ['redis', 'redis clock', 'redis mode', 'redis version', 'redis role', 'redis memory'];
const allOk = (...checks: string[]) => checks.map((check) => [check, 'ok']);
const portOf = (url: string) => new URL(url).port;

it('finds no fault in a default Redis', async () => {
  expect(await inspect(testbed.redis_url)).toEqual(allOk(...OF_SERVERS, 'redis rights'));
});

it('says that it cannot be reached', async () => {
  const diagnoses = await inspectRealtime({ url: 'redis://127.0.0.1:1' });
  expect(diagnoses).toMatchObject([{ verdict: 'fail', found: expect.stringContaining('ECONNREFUSED') }]);
});

it('says that a server is not a cluster or not a sentinel', async () => {
  const host = `127.0.0.1:${portOf(testbed.redis_url)}`;
  for (const url of [`redis+cluster://${host}`, `redis+sentinel://${host}/name`]) {
    const found = expect.stringMatching(/it is not a (cluster|sentinel): REDIS_URL must begin with redis:\/\//);
    expect(await inspectRealtime({ url })).toMatchObject([{ check: 'redis', verdict: 'fail', found }]);
  }
});

async function withGroup(start: () => Promise<RedisGroup>, use: (group: RedisGroup) => Promise<void>): Promise<void> {
  const group = await start();
  try {
    await use(group);
  } finally {
    await group.cleanup();
  }
}

it('checks all nodes of a cluster, and corrects the URL of one of its nodes', () =>
  withGroup(redisCluster, async (group) => {
    expect(await inspect(group.url)).toEqual(allOk(...OF_SERVERS, 'redis cluster', 'redis rights'));
    await group.nodes[3]!.kill();
    await group.nodes[4]!.kill();
    const one = group.url.replace('redis+cluster', 'redis').replace(/,.*/, '');
    expect((await inspectRealtime({ url: one })).find(({ check }) => check === 'redis mode')).toMatchObject({
      verdict: 'fail',
      remedy: 'REDIS_URL must have the form redis+cluster://host1:port,host2:port',
    });
  }));

it('asks each sentinel, and names a master that none of them knows', () =>
  withGroup(redisSentinel, async ({ url }) => {
    const sentinels = [...url.matchAll(/127\.0\.0\.1:\d+/g)].map(([host]) => `redis sentinel ${host}`);
    expect(await inspect(url)).toEqual(allOk(...OF_SERVERS, ...sentinels, 'redis rights'));
    expect(await inspectRealtime({ url: url.replace('/progress', '/other') })).toMatchObject([
      { check: 'redis', verdict: 'fail', found: expect.stringContaining('it knows no master of that name') },
    ]);
  }));

it('says that one address leads to a replica', () =>
  withGroup(redisPair, async ({ url, nodes }) => {
    const replica = url.replace(/:\d+$/, `:${portOf(nodes[1]!.url)}`);
    expect(await inspectRealtime({ url: replica })).toMatchObject([{ check: 'redis role', verdict: 'fail' }]);
  }));

it('does not take an answer that comes too late for a right that is missing', () =>
  withGroup(redisPair, async ({ url }) => {
    const redis = new Redis(url);
    try {
      await redis.client('PAUSE', 600_000, 'WRITE');
      const diagnoses = await inspectRealtime({ url, commandTimeoutMs: 2_000 });
      const remedy = expect.stringContaining('no lack of rights');
      expect(diagnoses.at(-1)).toMatchObject({ check: 'redis rights', verdict: 'fail', remedy });
    } finally {
      redis.disconnect();
    }
  }));
