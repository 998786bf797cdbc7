import { type ChildProcess, spawn } from 'node:child_process';
import { toServiceScript } from '@cyberstroll/local';
import { createTestbed, eventually, type Testbed } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';

const PASSWORD = 'hidden-0123456789abcdef';
const MAIN = toServiceScript('task-api');

let testbed: Testbed;
let redis: Redis;
let child: ChildProcess | undefined;

beforeAll(async () => {
  testbed = await createTestbed();
  redis = new Redis(testbed.redis_url);
  await redis.acl('SETUSER', testbed.vhost, 'on', '>another', '~*', '&*', '+@all');
});
afterEach(() => child?.kill('SIGKILL'));
afterAll(async () => {
  await redis?.acl('DELUSER', testbed.vhost);
  redis?.disconnect();
  await testbed?.cleanup();
});

/** Starts task-api; `text` is all that it prints. */
function startTaskApi(env: Record<string, string>) {
  const keys = { API_KEYS: `otto:operator:${PASSWORD}` };
  const started = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...keys, ...env } });
  child = started;
  const output = { text: '' };
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk) => {
      output.text += String(chunk);
    });
  }
  return { output, ended: new Promise<number | null>((resolve) => started.once('close', resolve)) };
}

const withPassword = (text: string) => {
  const url = new URL(text);
  url.username = testbed.vhost;
  url.password = PASSWORD;
  return url.href;
};

it('no password is in the log of a service that RabbitMQ, MongoDB and Redis refuse', async () => {
  const { output } = startTaskApi({
    LOG_LEVEL: 'trace',
    RABBITMQ_URL: withPassword(testbed.rabbitmq_url),
    REDIS_URL: withPassword(testbed.redis_url),
    MONGODB_URI: testbed.mongodb_uri,
  });
  await eventually(() => {
    for (const reason of ['ACCESS_REFUSED', 'WRONGPASS']) expect(output.text).toContain(reason);
  });
  expect(output.text).not.toContain(PASSWORD);
});

it('an invalid URL is refused at start: the error names the variable and does not show the value', async () => {
  const bad = `engine user:${PASSWORD}`;
  const { output, ended } = startTaskApi({ RABBITMQ_URL: bad, REDIS_URL: bad, MONGODB_URI: bad });
  expect(await ended).toBe(1);
  for (const name of ['RABBITMQ_URL', 'REDIS_URL', 'MONGODB_URI'])
    expect(output.text).toContain(`${name}: must have the form`);
  expect(output.text).not.toContain(PASSWORD);
});
