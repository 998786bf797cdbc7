import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ErrorCode, toHttpStatus } from '@cyberstroll/contracts';
import { loadConfig } from '@cyberstroll/runtime';
import Ajv from 'ajv';
import type { z } from 'zod';
import { findDoctorConfig } from '../../packages/clients/cli/src/doctor-config';
import { readCompose, root } from './read-compose';

const compose = readCompose();
const dir = join(root, 'deploy/docker');
/** The name of the service whose program a container runs; undefined for an engine. */
const programOf = (name: string) =>
  /^services\/([\w-]+)\/dist\/bundle\.js$/.exec(compose.services[name]!.command?.[0] ?? '')?.[1];
const all = Object.keys(compose.services);
const networksOf = (name: string) => {
  const { networks } = compose.services[name]!;
  return Array.isArray(networks) ? networks : Object.keys(networks);
};
const ours = all.filter(programOf);
/** What is run by hand. */
const tools = all.filter((name) => compose.services[name]!.profiles?.includes('tools'));
const proxy = 'proxy';
const engines = all.filter((name) => !programOf(name) && ![...tools, proxy].includes(name));

let secrets: string;
beforeAll(() => {
  secrets = join(mkdtempSync(join(tmpdir(), 'cyberstroll-secrets-')), 'secrets');
  execFileSync(process.execPath, [join(dir, 'make-secrets.mjs'), secrets]);
});
afterAll(() => rmSync(dirname(secrets), { recursive: true, force: true }));

it('is valid by the schema of the Compose specification', () => {
  const schema = join(dirname(require.resolve('dclint/package.json')), 'schemas/compose.schema.json');
  const { $schema: _, ...rest } = JSON.parse(readFileSync(schema, 'utf8')) as object & { $schema: string };
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(rest);
  validate(compose);
  expect(validate.errors).toBeNull();
});

it('runs every service, and two scanner nodes', () => {
  const programs = ours.map((name) => programOf(name)!);
  expect([...new Set(programs)].sort()).toEqual(readdirSync(join(root, 'services')).sort());
  expect(programs.filter((name) => name === 'scanner-node')).toHaveLength(2);
});

it.each(ours)('%s is configured by variables that it knows, with values that it takes', async (name) => {
  const { configShape } = (await import(join(root, 'services', programOf(name)!, 'src/config'))) as {
    configShape: z.ZodRawShape;
  };
  const { environment = {}, secrets: given = [] } = compose.services[name]!;
  const env: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    expect(Object.keys(configShape)).toContain(variable.replace(/_FILE$/, ''));
    const secret = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
    if (secret) expect(given).toContain(secret);
    env[variable] = secret ? join(secrets, secret) : value;
  }
  expect(() => loadConfig(configShape, env)).not.toThrow();
});

it('gives no container a secret that it does not read', () => {
  for (const name of [...ours, ...tools]) {
    const { environment = {}, secrets: given = [] } = compose.services[name]!;
    expect([name, given.map((secret) => `/run/secrets/${secret}`).sort()]).toEqual([
      name,
      Object.values(environment)
        .filter((value) => value.startsWith('/run/secrets/'))
        .sort(),
    ]);
  }
  for (const name of engines) {
    const text = JSON.stringify({ ...compose.services[name], secrets: [] }) + readMounted(name);
    for (const secret of compose.services[name]!.secrets ?? []) expect(text).toContain(secret);
  }
});

/** What is mounted into a container, as one text. */
const readMounted = (name: string) =>
  (compose.services[name]!.volumes ?? [])
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => readFileSync(join(dir, volume.split(':')[0]!), 'utf8'))
    .join('\n');

it('has its secrets where git ignores them', () => {
  for (const { file } of Object.values(compose.secrets)) expect(dirname(file)).toBe('secrets');
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toContain('deploy/docker/secrets/');
});

it('starts each container after what it needs is healthy', () => {
  for (const name of all) {
    for (const [other, { condition }] of Object.entries(compose.services[name]!.depends_on ?? {})) {
      expect(all).toContain(other);
      if (condition === 'service_healthy') expect(compose.services[other]!.healthcheck).toBeTruthy();
    }
  }
  for (const name of ours) {
    const { environment = {}, depends_on = {} } = compose.services[name]!;
    if ('RABBITMQ_URL_FILE' in environment) expect(depends_on).toHaveProperty('rabbitmq.condition', 'service_healthy');
    if ('REDIS_URL_FILE' in environment) expect(depends_on).toHaveProperty('redis.condition', 'service_healthy');
    if ('MONGODB_URI_FILE' in environment) {
      expect(depends_on).toHaveProperty('mongodb-init.condition', 'service_completed_successfully');
    }
  }
});

it('names the replica of a service only where Compose refuses a second one', () => {
  for (const name of ours) {
    const { container_name, environment } = compose.services[name]!;
    expect(environment?.['INSTANCE_ID']).toBe(container_name && name);
  }
  expect(compose.services['state-updater']!.container_name).toBeTruthy();
});

it('has a doctor that looks at all engines and services, with the program and variables of the command line', () => {
  expect(tools).toEqual(['doctor']);
  const { command = [], environment = {}, networks } = compose.services['doctor']!;
  expect(existsSync(join(root, command[0]!))).toBe(true);
  const looksAt = command.slice(2).map((argument) => /^--service=http:\/\/([\w-]+):8080$/.exec(argument)?.[1]);
  expect(looksAt.sort()).toEqual(ours.filter((name) => programOf(name) !== 'scanner-node').sort());
  const env = Object.fromEntries(
    Object.entries(environment).map(([name, file]) => [name, join(secrets, file.replace('/run/secrets/', ''))]),
  );
  const config = findDoctorConfig(env, '/');
  const urls = [config.RABBITMQ_URL, config.RABBITMQ_MANAGEMENT_URL, config.MONGODB_URI, config.REDIS_URL];
  expect(urls.map((url) => new URL(url!).hostname)).toEqual(['rabbitmq', 'rabbitmq', 'mongodb', 'redis']);
  expect(networks).toEqual(['broker', 'data']);
});

it('is reached from this machine only, at one proxy, behind which are the API and the WebSockets', () => {
  const published = all.flatMap((name) => (compose.services[name]!.ports ?? []).map((port) => `${name} ${port}`));
  expect(published).toEqual(['proxy 127.0.0.1:8080:8080', 'proxy 127.0.0.1:8081:8080']);
  const open = Object.keys(compose.networks).filter((name) => !compose.networks[name]!.internal);
  for (const name of engines) expect(open).not.toEqual(expect.arrayContaining(networksOf(name)));
  expect(all.filter((name) => networksOf(name).includes('front'))).toEqual([proxy, 'task-api', 'progress-pusher']);
});

describe('the proxy', () => {
  const config = readFileSync(join(dir, 'nginx.conf'), 'utf8');
  const server = config.slice(config.indexOf('listen 8080;'), config.indexOf('listen 127.0.0.1:8081;'));

  it('keeps nothing back, names the client, and answers for a service with a problem', () => {
    for (const line of [
      'proxy_buffering off;',
      'proxy_request_buffering off;',
      'client_max_body_size 0;',
      'proxy_set_header Host $http_host;',
      'proxy_set_header Upgrade $http_upgrade;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
      'error_page 502 504 =503 @unavailable;',
    ]) {
      expect(server).toContain(line);
    }
    for (const name of ['task-api', 'progress-pusher']) {
      expect(compose.services[name]!.environment).toMatchObject({ TRUST_PROXY: '1' });
    }
    const problems = [...server.matchAll(/return (\d+) '(.*)';/g)].map(([, status, body]) => [
      Number(status),
      JSON.parse(body!),
    ]);
    expect(problems).toEqual([
      [404, toProblem('route_not_found', 'Not Found', 'health and metrics are not served here')],
      [503, toProblem('unavailable', 'Service Unavailable', 'the service does not answer; try again')],
    ]);
  });

  const toProblem = (code: ErrorCode, title: string, detail: string) => {
    const type = `urn:cyberstroll:problem:${code}`;
    return { type, title, status: toHttpStatus(code), code, detail };
  };
});

it('keeps the nodes away from the database and the cache', () => {
  for (const name of ours.filter((each) => programOf(each) === 'scanner-node')) {
    const { environment } = compose.services[name]!;
    expect(networksOf(name)).toEqual(['broker', 'scan']);
    expect(environment).toMatchObject({ RABBITMQ_URL_FILE: '/run/secrets/rabbitmq-node-url' });
  }
});

it('gives each container bounds, ours no rights, and time to drain', () => {
  for (const name of all.filter((each) => each !== 'mongodb-init')) {
    expect(compose.services[name]).toHaveProperty('deploy.resources.limits.memory');
  }
  for (const name of [...ours, proxy]) {
    expect(compose.services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  }
  expect(compose.services[proxy]).toMatchObject({ image: expect.stringMatching(/^nginx:1\./), user: '101:101' });
  for (const name of ours) {
    expect(compose.services[name]).toMatchObject({
      // Ready, not only alive: a service that waits for it uses what it declares.
      healthcheck: { test: expect.arrayContaining([expect.stringContaining('/readyz')]) },
      build: { context: '../..', dockerfile: 'deploy/docker/Dockerfile' },
    });
    const drainMs = Number(compose.services[name]!.environment?.['DRAIN_TIMEOUT_MS'] ?? 5_000) + 10_000;
    expect(Number.parseInt(compose.services[name]!.stop_grace_period!, 10) * 1_000).toBeGreaterThan(drainMs);
  }
});

it('runs the engines that are named in the README', () => {
  const images = engines.map((name) => compose.services[name]!.image).join(' ');
  expect(images).toMatch(/rabbitmq:4\..* mongo:8\..* mongo:8\..* redis:8\./);
});
