import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGroup, type Diagnosis } from '@cyberstroll/runtime';
import { createTestBroker, createTestbed, createTestStore, type Testbed } from '@cyberstroll/testkit';
import { makeFolder } from './make-folder';
import { runCli } from './run-cli';

let testbed: Testbed;
let env: Record<string, string>;
beforeAll(async () => {
  testbed = await createTestbed();
  env = {
    RABBITMQ_URL: testbed.rabbitmq_url,
    RABBITMQ_MANAGEMENT_URL: testbed.rabbitmq_management_url,
    MONGODB_URI: testbed.mongodb_uri,
    REDIS_URL: testbed.redis_url,
  };
  // What a service makes at its start.
  const engines = createGroup('engines', [createTestStore(testbed), createTestBroker(testbed)]);
  await engines.start();
  await engines.stop();
});
afterAll(() => testbed?.cleanup());

/** A service that answers so to everything. */
async function withService<Result>(code: number, body: object, use: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer((_request, response) => response.writeHead(code).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it('finds no fault, with the variables of the services or their files', async () => {
  const folder = makeFolder();
  const file = join(folder, 'uri');
  writeFileSync(file, `${testbed.mongodb_uri}\n`);
  const { MONGODB_URI: _, ...others } = env;
  await withService(200, { status: 'ok', checks: {} }, async (url) => {
    const words = ['doctor', '--service', url];
    const { code, stdout, stderr } = await runCli(undefined, words, { env: { ...others, MONGODB_URI_FILE: file } });
    expect(stdout.split('\n').filter((line) => /^(warn|fail)/.test(line))).toEqual([
      // The tests' MongoDB.
      expect.stringMatching(/^warn {2}mongodb replica set: .*members: 1$/),
    ]);
    expect(stdout).toMatch(/^ok {4}redis version: /m);
    expect(stdout).toContain(`ok    service ${url}: ready\n`);
    expect(stdout).toMatch(/\n {6}→ three members/);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^no check failed; 1 of \d+ have warnings\n$/)]);
  });
});

it('exits with 1 if a check fails, and prints a remedy, also as JSON', async () => {
  await withService(503, { mongodb: 'unavailable' }, async (url) => {
    const words = ['doctor', '--json', '--service', url];
    const { code, json, stderr } = await runCli(undefined, words, {
      env: { ...env, REDIS_URL: 'redis://127.0.0.1:1', MONGODB_URI: `${testbed.mongodb_uri}&w=1` },
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: 3 of \d+ checks failed\n$/)]);
    const { ok, diagnoses } = json();
    expect(ok).toBe(false);
    expect(diagnoses.filter(({ verdict }: Diagnosis) => verdict === 'fail')).toEqual([
      // A service would not start with it; the doctor looks on.
      { check: 'mongodb options', verdict: 'fail', found: 'w in MONGODB_URI', remedy: expect.any(String) },
      { check: 'redis', verdict: 'fail', found: expect.stringContaining('ECONNREFUSED'), remedy: expect.any(String) },
      {
        check: `service ${url}`,
        verdict: 'fail',
        found: expect.stringContaining('not ready (503): {"mongodb":"unavailable"}'),
        remedy: expect.any(String),
      },
    ]);
  });
});

it('warns of a service that is degraded, and what it lacks', async () => {
  await withService(200, { status: 'degraded', checks: { redis: 'away' } }, async (url) => {
    const { code, stdout } = await runCli(undefined, ['doctor', '--service', url], { env });
    expect(code).toBe(0);
    expect(stdout).toContain(`warn  service ${url}: degraded: {"redis":"away"}\n`);
  });
});

it('says that it finds no stack, as every command does, where no variable is set', async () => {
  const { code, stdout, stderr } = await runCli(undefined, ['doctor']);
  expect([code, stdout, stderr]).toEqual([7, '', expect.stringContaining('error: no running stack found')]);
});

it('checks the running stack if no variable is set', async () => {
  const cwd = makeFolder();
  mkdirSync(join(cwd, '.local'));
  const stack = {
    api_url: 'http://127.0.0.1:1',
    rabbitmq_url: testbed.rabbitmq_url,
    mongodb_uri: testbed.mongodb_uri,
    redis_url: testbed.redis_url,
    services: [{ health_url: 'http://127.0.0.1:1' }],
  };
  writeFileSync(join(cwd, '.local', 'stack.json'), JSON.stringify(stack));
  const { code, stdout } = await runCli(undefined, ['doctor'], { cwd });
  expect(code).toBe(1);
  expect(stdout).toContain('ok    mongodb: can be reached\n');
  expect(stdout).toContain('warn  rabbitmq arguments, bindings and replicas: not checked');
  expect(stdout).toMatch(/^fail {2}service http:\/\/127\.0\.0\.1:1: no answer/m);
});

it('refuses a bad address, and a variable that is set twice', async () => {
  expect((await runCli(undefined, ['doctor', '--service', 'task-api'])).code).toBe(2);
  const { code, stderr } = await runCli(undefined, ['doctor'], { env: { ...env, REDIS_URL_FILE: '/none' } });
  expect([code, stderr]).toEqual([2, expect.stringContaining('REDIS_URL: it and REDIS_URL_FILE are both set')]);
});
