/**
 * The image, built from what git would give to a stranger, and each program in it as compose.yaml runs it: as user
 * 1000, on a read-only root, without capabilities. RabbitMQ, MongoDB and Redis are the test run's.
 */
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from '@cyberstroll/local';
import { createTestbed, eventually, type Testbed, toVariables } from '@cyberstroll/testkit';
import { greetAsSsh, type Listeners, openListeners } from '../e2e/listeners';
import { ROOT } from '../e2e/test-stack';
import { buildImage, IMAGE } from './build-image';
import { type Container, findPids, podman, SETUP_LIMIT_MS, startContainer } from './podman';

const SERVICES = readdirSync(join(ROOT, 'services'));
const KEY = 'key-of-the-image-0123456789';
const CLI = 'packages/clients/cli/bin/cyberstroll.js';
/** MB of files that are ours; 35 when this was written. */
const BUDGET = 40;

let testbed: Testbed;
let collector: Server;
let listeners: Listeners;
const containers: Record<string, Container> = {};
const ports: Record<string, number> = {};
let image: string;

beforeAll(async () => {
  await buildImage();
  image = await podman('image', 'mount', IMAGE);
  testbed = await createTestbed();
  listeners = await openListeners([{ address: '127.0.7.1', port: await findFreePort(), greet: greetAsSsh }]);
  collector = createServer((request, response) => response.end('{}') && request.resume());
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  await Promise.all(SERVICES.map(start));
}, SETUP_LIMIT_MS);

afterAll(async () => {
  await Promise.all(Object.values(containers).map((container) => container.remove()));
  collector?.close();
  await listeners?.close();
  await testbed?.cleanup();
  await podman('image', 'unmount', IMAGE);
});

async function start(name: string): Promise<void> {
  ports[name] = await findFreePort();
  containers[name] = await startContainer(IMAGE, [`services/${name}/dist/bundle.js`], {
    ...toVariables(testbed),
    RABBITMQ_MANAGEMENT_URL: testbed.rabbitmq_management_url,
    API_KEYS: `anna:admin:${KEY}`,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(ports[name]),
    BANNER_TIMEOUT_MS: '10000',
    ...(name === 'task-api' && traced()),
  });
}

/** One service sends its spans. Its collector is the test. */
const traced = () => ({
  NODE_OPTIONS: '--import /app/packages/tracing/register.mjs',
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  OTEL_BSP_SCHEDULE_DELAY: '100',
});

const get = (path: string) => fetch(`http://127.0.0.1:${ports['task-api']}${path}`);

describe.each(SERVICES)('%s', (name) => {
  it('gets ready, and its health check is green', async () => {
    await eventually(async () => {
      const { ok } = await fetch(`http://127.0.0.1:${ports[name]}/readyz`);
      if (!ok) throw new Error(await containers[name]!.readLogs());
    });
    await eventually(() => podman('healthcheck', 'run', containers[name]!.id).then(() => true));
  });

  it('writes nothing but JSON into its log', async () => {
    const lines = (await containers[name]!.readLogs()).split('\n');
    for (const line of lines) expect(line).toMatch(/^\{"level":\d+,.*\}$/);
  });

  it('has no rights: user 1000, no capabilities, none to get, and nothing to write but /tmp', async () => {
    const [pid] = await findPids([containers[name]!.id]);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const find = (field: string) => new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(status)?.[1];
    expect(find('Uid')).toBe('1000\t1000\t1000\t1000');
    expect(find('Gid')).toBe('1000\t1000\t1000\t1000');
    for (const set of ['CapPrm', 'CapEff', 'CapBnd']) expect(find(set)).toBe('0000000000000000');
    expect(find('NoNewPrivs')).toBe('1');
    const mounts = readFileSync(`/proc/${pid}/mounts`, 'utf8').split('\n');
    expect(mounts.find((line) => line.split(' ')[1] === '/')).toMatch(/ ro[, ]/);
  });
});

it('task-api serves the dashboard with its files, the documentation with Swagger UI, and the OpenAPI document', async () => {
  const page = await (await get('/')).text();
  const files = [...page.matchAll(/(?:src|href)="\/?([^"]+)"/g)].map(([, path]) => `/${path}`);
  expect(files.length).toBeGreaterThan(1);
  const docs = ['/docs', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/openapi.json', '/runbooks.json'];
  for (const path of [...files, ...docs]) expect([path, (await get(path)).status]).toEqual([path, 200]);
});

it('the command line scans an address with all seven, and finds its open port', async () => {
  const { address, port } = listeners.listeners[0]!;
  const variables = {
    CYBERSTROLL_URL: `http://127.0.0.1:${ports['task-api']}`,
    CYBERSTROLL_WS_URL: `ws://127.0.0.1:${ports['progress-pusher']}`,
    CYBERSTROLL_API_KEY: KEY,
  };
  const given = Object.entries(variables).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
  const rights = ['--network', 'host', '--read-only', '--cap-drop', 'ALL'];
  const cli = (...args: string[]) => podman('run', '--rm', ...rights, ...given, IMAGE, CLI, ...args);
  const created = await cli('task', 'create', address, '--ports', String(port), '--json');
  const { task_id } = JSON.parse(created) as { task_id: string };
  await cli('task', 'watch', task_id);
  const { items } = JSON.parse(await cli('subtask', 'list', task_id, '--open', '--json'));
  expect(items).toMatchObject([{ ip: address, status: 'COMPLETED', scan_result: { open_ports: [port] } }]);
});

it('OpenTelemetry in it sends spans', async () => {
  const request = once(collector, 'request') as Promise<[IncomingMessage]>;
  await get('/api/v1/tasks');
  expect((await request)[0].url).toBe('/v1/traces');
});

/** Name and version of each package of the registry that a path leads through. */
const PACKAGE = /node_modules\/\.pnpm\/(@?[^@/]+)@([^_/(]+)[^/]*\/node_modules\//;

it('has the Node that the Dockerfile names', async () => {
  const [, major] = /NODE_IMAGE=node:(\d+)/.exec(readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8'))!;
  expect(await podman('run', '--rm', '--network', 'none', IMAGE, '--version')).toMatch(new RegExp(`^v${major}\\.`));
});

describe('what is in it', () => {
  const findFiles = () =>
    readdirSync(join(image, 'app'), { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(image, 'app/').length))
      .sort();

  it('is what runs: bundles, the dashboard, Swagger UI and OpenTelemetry, without sources and secrets', () => {
    const program = '(services/[a-z-]+|packages/clients/cli)/(package.json|dist/(backing-services/)?bundle.js(.map)?)';
    const swagger =
      'node_modules/swagger-ui-dist/(package.json|LICENSE|NOTICE|swagger-ui(-bundle)?.(css|js)(.LICENSE.txt)?)';
    const tracing = 'packages/tracing/(register.mjs|package.json|node_modules/(?!.*\\.(map|ts)$).*@opentelemetry/.+)';
    const dashboard =
      'packages/clients/dashboard/(package.json|dist/(index.html|(pages|runbooks).json|assets/[^/]+.(js|css|svg)))';
    const rest = 'LICENSE|sbom.json|packages/clients/cli/bin/cyberstroll.js|node_modules/@cyberstroll/dashboard';
    const known = new RegExp(`^(${[program, swagger, tracing, dashboard, rest].join('|')})$`);
    const files = findFiles();
    expect(files.filter((path) => !known.test(path))).toEqual([]);
    expect(files.filter((path) => path.endsWith('dist/bundle.js'))).toHaveLength(SERVICES.length + 1);
  });

  it('changes nothing of the base but /app and Node', async () => {
    const changes = (await podman('diff', IMAGE, 'localhost/debian')).split('\n');
    const places = ['C /usr', 'C /usr/local', 'C /usr/local/bin', 'A /usr/local/bin/node', 'A /app'];
    expect(changes.filter((line) => !line.startsWith('A /app/')).sort()).toEqual(places.sort());
  });

  it('is listed by sbom.json: the packages of the bundles and those beside them, and no others', () => {
    const { bomFormat, components } = JSON.parse(readFileSync(join(image, 'app/sbom.json'), 'utf8')) as Sbom;
    expect(bomFormat).toBe('CycloneDX');
    const listed = components.filter(({ group }) => group !== '@cyberstroll');
    const maps = findFiles().filter((path) => path.endsWith('/bundle.js.map'));
    const bundled = maps.flatMap(
      (path) => JSON.parse(readFileSync(join(image, 'app', path), 'utf8')).sources as string[],
    );
    const installed = findFiles().map((path) => `${path}/`);
    const found = [...bundled, ...installed].map((path) => PACKAGE.exec(path)).filter((match) => match !== null);
    const names = found.map(([, name, version]) => `${name!.replace('+', '/')}@${version}`);
    // Vite makes no list.
    const browser = ['@preact/signals', '@preact/signals-core', 'lucide-preact', 'preact', 'uplot'];
    const others = [...browser, 'swagger-ui-dist'];
    const list = listed.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
    const isOther = (entry: string) => others.includes(entry.slice(0, entry.lastIndexOf('@')));
    expect([...new Set(list)].filter((entry) => !isOther(entry)).sort()).toEqual([...new Set(names)].sort());
    expect(new Set(list.filter(isOther)).size).toBe(others.length);
  });

  it(`takes at most ${BUDGET} MB beside Node and Debian`, () => {
    const bytes = findFiles().reduce((sum, path) => sum + lstatSync(join(image, 'app', path)).size, 0);
    expect(bytes / 1e6).toBeLessThan(BUDGET);
  });
});

interface Sbom {
  bomFormat: string;
  components: { group?: string; name: string; version: string }[];
}

// Last: nothing runs after it.
it.each(SERVICES)('%s drains at SIGTERM, and ends with code 0', async (name) => {
  // Past its own deadline its code is 1; killed, it would be 137.
  await podman('stop', '--time', '120', containers[name]!.id);
  expect(await containers[name]!.waitForEnd()).toBe(0);
});
