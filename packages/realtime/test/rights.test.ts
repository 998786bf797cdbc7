import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_TOUCHED, type ProgressSnapshot } from '@cyberstroll/contracts';
import { createMetrics, type Registry } from '@cyberstroll/runtime';
import { toProgress } from '@cyberstroll/task-state';
import { createTestbed, eventually, type Testbed, testLogger } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { createRealtime, inspectRealtime, type Realtime } from '../src';

const [, , ...RIGHTS] = readFileSync(join(__dirname, '../../../deploy/redis/users.acl'), 'utf8').trim().split(' ');
const PASSWORD = 'p@ss:w/o?r#d%';
const CHANNELS = /denies the channels: give the user &cs:progress:\*/;

let testbed: Testbed;
let redis: Redis;
let user: string;
let url: string;
let realtime: Realtime;
let metrics: Registry;

/** The documented rights, but for some. */
const setRights = (without: (right: string) => boolean) =>
  redis.acl(
    'SETUSER',
    user,
    'reset',
    ...RIGHTS.filter((right) => !without(right)).map((right) =>
      right.replace(/^>.*/, `>${PASSWORD}`).replace(/^([~&])cs:/, `$1${testbed.redis_prefix}cs:`),
    ),
  );

beforeEach(async () => {
  testbed = await createTestbed();
  redis = new Redis(testbed.redis_url);
  user = testbed.redis_prefix.replace(':', '');
  url = testbed.redis_url.replace('://', `://${user}:${encodeURIComponent(PASSWORD)}@`);
  metrics = createMetrics('test');
  const { redis_prefix: prefix } = testbed;
  realtime = createRealtime({ url, prefix, metrics, logger: testLogger, commandTimeoutMs: 60_000 });
});
afterEach(async () => {
  await realtime.stop();
  await redis.acl('DELUSER', user);
  redis.disconnect();
  await testbed.cleanup();
});

const snapshot: ProgressSnapshot = {
  task_id: 'a'.repeat(24),
  status: 'RUNNING',
  seq: 1,
  timestamp: new Date(0).toISOString(),
  progress: toProgress(10, NO_TOUCHED, false),
  estimated_remaining: null,
};
const findFaults = async () =>
  (await inspectRealtime({ url, prefix: testbed.redis_prefix, commandTimeoutMs: 60_000 })).filter(
    ({ verdict }) => verdict !== 'ok',
  );

it('is enough for a service, and covers only its own keys and channels', async () => {
  await setRights(() => false);
  await realtime.start();
  await realtime.check();
  const seen: ProgressSnapshot[] = [];
  await realtime.subscribeProgress(snapshot.task_id, (one) => seen.push(one));
  expect(await realtime.publishProgress(snapshot)).toBe(true);
  await eventually(() => expect(seen).toEqual([snapshot]));
  expect(await realtime.findProgress(snapshot.task_id)).toEqual(snapshot);
  await realtime.keepTicket('digest', 'ticket', 30);
  expect(await realtime.takeTicket('digest')).toBe('ticket');
  await realtime.forgetProgress(snapshot.task_id);
  expect(await realtime.findProgress(snapshot.task_id)).toBeUndefined();
  expect(await findFaults()).toEqual([]);

  const lone = new Redis(url);
  for (const command of [() => lone.set('other', '1'), () => lone.publish('other', '1'), () => lone.keys('*')]) {
    await expect(command()).rejects.toThrow('NOPERM');
  }
  lone.disconnect();
});

it('without the channels: readiness, log and doctor name them, once each, and no connection is made again and again', async () => {
  await setRights((right) => right.startsWith('&'));
  await realtime.start();
  await expect(realtime.check()).rejects.toThrow(CHANNELS);
  await realtime.subscribeProgress(snapshot.task_id, () => undefined);
  expect(await realtime.publishProgress(snapshot)).toBe(false);
  expect(await metrics.getSingleMetricAsString('cyberstroll_progress_publishes_total')).toMatch(
    /outcome="failed".* 1$/m,
  );
  expect(await findFaults()).toMatchObject([
    { check: 'redis rights', verdict: 'fail', found: expect.stringMatching(CHANNELS) },
  ]);

  const listOwn = async () =>
    String(await redis.client('LIST'))
      .match(new RegExp(`^id=\\d+(?=.* name=cyberstroll(-subscriber)? .* user=${user} )`, 'gm'))
      ?.sort();
  const before = await listOwn();
  expect(before).toHaveLength(2);
  for (let n = 0; n < 5; n++) await expect(realtime.check()).rejects.toThrow(CHANNELS);
  expect(await listOwn()).toEqual(before);

  // Given them, it needs no restart.
  await redis.acl('SETUSER', user, `&${testbed.redis_prefix}cs:progress:*`);
  await eventually(() => realtime.check().then(() => true));
});

it.each([
  ['the keys', (right: string) => right.startsWith('~'), /denies the keys: give the user ~cs:\*/],
  [
    'a command',
    (right: string) => right === '+publish',
    /denies a command: give the user the commands of deploy\/redis/,
  ],
])('without %s: readiness and doctor name it', async (_what, without, text) => {
  await setRights(without);
  await realtime.start();
  await expect(realtime.check()).rejects.toThrow(text);
  expect(await findFaults()).toMatchObject([{ check: 'redis rights', found: expect.stringMatching(text) }]);
});

it('with another password: readiness says so, and no text has the password', async () => {
  await redis.acl('SETUSER', user, 'reset', 'on', '>other', '+@all', '~*', '&*');
  await realtime.start();
  const error = await realtime.check().catch((fault: Error) => fault);
  expect(String(error)).toMatch(/it refuses the user or password of REDIS_URL/);
  expect(await findFaults()).toMatchObject([{ check: 'redis', found: expect.stringContaining('refuses the user') }]);
  expect(JSON.stringify([error, await findFaults()])).not.toMatch(/p@ss|p%40ss/);
});
