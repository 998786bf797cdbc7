/**
 * deploy/docker/compose.yaml as podman-compose runs it: with images that stand for those of docker.io, and unchanged
 * but for what podman does not have (`toLocal`). The test starts and stops it in the order of `depends_on`, as Docker
 * does: with an older podman, podman-compose does not wait for its conditions.
 *
 * It begins with the image of the last release, if that is there, and is upgraded to the code of this checkout; else
 * both are of the same code.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { createBrowser, type TestBrowser } from '../browser/browser';
import { type Compose, readCompose } from '../deploy/read-compose';
import { type Api, createApi } from '../e2e/api';
import { assertConsistent, waitUntilSettled } from '../e2e/assert-consistent';
import { ROOT } from '../e2e/test-stack';
import { buildImage, IMAGE } from './build-image';
import { findPids, keepBridgeAddresses, makeFolder, podman, podmanCompose, SETUP_LIMIT_MS } from './podman';

const STAND_INS: Record<string, string> = {
  rabbitmq: 'localhost/rabbitmq',
  mongodb: 'localhost/mongodb',
  'mongodb-init': 'localhost/mongodb',
  redis: 'localhost/redis',
  proxy: 'localhost/nginx',
};
const compose = readCompose();
const services = Object.keys(compose.services).filter((name) => !compose.services[name]!.profiles);
const running = services.filter((name) => name !== 'mongodb-init');
const ours = running.filter((name) => !STAND_INS[name]);
const isNode = (name: string) => name.startsWith('scanner-node');
const released = process.env['RELEASE_IMAGE'] ?? findReleased();
const OLDER = `${IMAGE}:older`;
const NEWER = `${IMAGE}:newer`;
/** Of a wait, beside much other work. */
const LIMIT = { timeoutMs: 600_000, intervalMs: 500 };
/** More than a second of work. */
const MANY = '127.0.0.0/20';
const SOME = '127.0.0.0/23';
/** What became of the system meanwhile, by each task that must end whole. */
const scans = new Map<string, string>();

/** The image that `npm run release` wrote for the last version of the changelog. */
function findReleased(): string | undefined {
  const version = /^## \[(\d.*?)\]/m.exec(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'))?.[1];
  if (version === undefined) return undefined;
  const written = join(ROOT, `release/${version}/cyberstroll-image-${version}.tar`);
  return existsSync(written) ? written : undefined;
}

let dir: string;
let file: string;
let port: number;
let api: Api;
let browser: TestBrowser;

beforeAll(async () => {
  await buildImage();
  dir = makeFolder('compose');
  for (const folder of ['docker', 'rabbitmq', 'mongodb']) {
    const isOurs = (path: string) => !path.endsWith('/secrets');
    cpSync(join(ROOT, 'deploy', folder), join(dir, folder), { recursive: true, filter: isOurs });
  }
  execFileSync(process.execPath, [join(dir, 'docker/make-secrets.mjs')]);
  // SecantusDB's replica set has a name of its own.
  const uri = readSecret('mongodb-uri').replace('replicaSet=rs0', 'directConnection=true');
  writeFileSync(join(dir, 'docker/secrets/mongodb-uri'), uri);
  port = await findFreePort();
  file = join(dir, 'docker/local.json');
  await loadReleased();
  writeCompose(OLDER);
  await up();
  const [, api_key] = /admin:admin:([^,]+)/.exec(readSecret('api-keys'))!;
  api = createApi({ api_url: `http://127.0.0.1:${port}`, ws_url: `ws://127.0.0.1:${port}`, api_key: api_key! });
  browser = await createBrowser();
}, SETUP_LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  if (file) await podmanCompose(file, 'down', '--volumes', '--timeout', '0');
}, SETUP_LIMIT_MS);

/** Tags it as OLDER alone; without a file, the image of this checkout. */
async function loadReleased(): Promise<void> {
  const own = await podman('image', 'inspect', '--format', '{{.Id}}', IMAGE);
  if (released === undefined) {
    await podman('tag', own, OLDER);
    return;
  }
  const [, loaded] = /^Loaded image: (\S+)/m.exec(await podman('load', '--quiet', '--input', released))!;
  await podman('tag', loaded!, OLDER);
  await podman('untag', loaded!, loaded!);
  // The file may have this name, too.
  await podman('tag', own, IMAGE);
}

const readSecret = (name: string) => readFileSync(join(dir, 'docker/secrets', name), 'utf8').trim();

const writeCompose = (image: string) => writeFileSync(file, JSON.stringify(toLocal(compose, image)));

/** Images of this machine, a free port, limits and logs that podman knows, and checks that may be slow. */
function toLocal({ services: named, ...rest }: Compose, own: string): object {
  const local = Object.entries(named).map(([name, { build: _, logging: __, depends_on: ___, ...service }]) => [
    name,
    {
      ...service,
      image: STAND_INS[name] ?? own,
      ...(service.ports && { ports: [`127.0.0.1:${port}:8080`] }),
      ...(service.healthcheck && { healthcheck: { ...service.healthcheck, timeout: '2m' } }),
      ...(service.ulimits && { ulimits: { nofile: 10_000, nproc: 10_000 } }),
    },
  ]);
  return { ...rest, services: Object.fromEntries(local) };
}

const findContainer = async (name: string) =>
  (await podman('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.service=${name}`)) || null;

/** Starts what has nothing to wait for, then what waited for it. */
async function up(): Promise<void> {
  const started = new Set<string>();
  while (started.size < services.length) {
    const next = services.filter(
      (name) =>
        !started.has(name) && Object.keys(compose.services[name]!.depends_on ?? {}).every((each) => started.has(each)),
    );
    await podmanCompose(file, 'up', '--detach', ...next);
    await keepBridgeAddresses();
    await Promise.all(next.map(waitFor));
    for (const name of next) started.add(name);
  }
}

/** Stops what others wait for after them. */
async function down(): Promise<void> {
  const left = new Set(services);
  while (left.size > 0) {
    const isAwaited = (name: string) =>
      [...left].some((each) => Object.keys(compose.services[each]!.depends_on ?? {}).includes(name));
    const next = [...left].filter((name) => !isAwaited(name));
    await podmanCompose(file, 'stop', ...next);
    for (const name of next) left.delete(name);
  }
  await podmanCompose(file, 'down');
}

/** Until its health check is green, or it has ended with code 0. Without systemd, the test has to run the checks. */
async function waitFor(name: string): Promise<void> {
  const container = await findContainer(name);
  if (!container) throw new Error(`${name} has no container`);
  await eventually(async () => {
    if (name !== 'mongodb-init') return podman('healthcheck', 'run', container).then(() => true);
    return (await podman('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', container)) === 'exited 0';
  }, LIMIT);
}

/** Of a container, which this machine reaches by its network's bridge. */
async function findAddress(name: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  return (await podman('inspect', '--format', format, (await findContainer(name))!)).split(' ')[0]!;
}

/** Each address of 127.0.0.0/8 is the node itself there, which listens on 8080. */
const createScan = (targets: string) => api.createTask({ task_target: targets, ports: '8080,8079' });

/** One scan after the other while the work is done, and the last of them is begun after it. */
async function scanWhile(work: (load: Load) => Promise<void>): Promise<void> {
  const load: Load = { meanwhile: '', begun: 0 };
  let isOver = false;
  async function keepScanning() {
    for (let isLast = false; !isLast; ) {
      isLast = isOver;
      // The API may be what is away: nginx finds the new one within 2 s.
      const { task_id } = await eventually(() => createScan(SOME), LIMIT);
      scans.set(task_id, load.meanwhile);
      load.begun++;
      await waitUntilSettled(api, task_id, LIMIT.timeoutMs);
    }
  }
  const end = () => {
    isOver = true;
  };
  await Promise.all([keepScanning(), work(load).finally(end)]);
}

interface Load {
  /** What becomes of the system now. */
  meanwhile: string;
  /** Scans so far. */
  begun: number;
}

async function expectComplete(taskId: string): Promise<void> {
  await waitUntilSettled(api, taskId);
  const { task, subTasks } = await assertConsistent(api, taskId);
  expect([task.status, task.progress.completed_count]).toEqual(['COMPLETED', task.progress.total_targets]);
  expect(new Set(subTasks.map(({ scan_result }) => scan_result?.open_ports.join()))).toEqual(new Set(['8080']));
}

const title = released
  ? `each service of ${basename(released)} is replaced by the newer one amid scans, one after the other`
  : 'all services are replaced by an image of the same code amid scans';
/** Mixtures of older and newer code, where there is older code. */
const rounds = released ? ours.map((name) => [name]) : [ours];

it(title, async () => {
  await podman('tag', IMAGE, NEWER);
  writeCompose(NEWER);
  await scanWhile(async (load) => {
    for (const names of rounds) {
      load.meanwhile = `${names.join(', ')} were replaced`;
      await podmanCompose(file, 'up', '--detach', '--no-deps', ...names);
      for (const name of names) {
        await waitFor(name);
        expect(await podman('inspect', '--format', '{{.ImageName}}', (await findContainer(name))!)).toContain(NEWER);
      }
      // Each mixture ends a scan, and begins one.
      const { begun } = load;
      await eventually(() => load.begun > begun, LIMIT);
    }
  });
}, 1_800_000);

it('the doctor of the newer image finds no fault', async () => {
  await eventually(async () => {
    const found = await podmanCompose(file, '--profile', 'tools', 'run', '-T', '--rm', '--no-deps', 'doctor');
    expect(found).not.toMatch(/^fail /m);
  }, LIMIT);
}, 900_000);

it('scans end to end through nginx, and Chromium shows the dashboard of it, live', async () => {
  const { task_id } = await createScan(SOME);
  const stack = { dashboard_url: `http://127.0.0.1:${port}/`, api_key: readSecret('api-keys').split(':').at(-1)! };
  const { page } = await browser.openDashboard(stack, { path: `/tasks/${task_id}` });
  await expectComplete(task_id);
  await page.getByText('COMPLETED').first().waitFor();
  await browser.closePages();
});

it('shows neither health nor metrics to who comes by nginx', async () => {
  for (const path of ['/livez', '/readyz', '/metrics']) {
    expect([path, (await fetch(`http://127.0.0.1:${port}${path}`)).status]).toEqual([path, 404]);
  }
});

it('RabbitMQ lets a node declare nothing and read nothing but its jobs', async () => {
  const url = new URL(readSecret('rabbitmq-node-url'));
  url.hostname = await findAddress('rabbitmq');
  const connection = await connect(url.href);
  const refused = async (act: (channel: Awaited<ReturnType<typeof connection.createChannel>>) => Promise<unknown>) => {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await expect(act(channel)).rejects.toThrow('ACCESS_REFUSED');
  };
  await refused((channel) => channel.assertQueue('of-a-node'));
  await refused((channel) => channel.consume(QUEUES.stateUpdates.name, () => undefined));
  await refused((channel) => channel.deleteQueue(QUEUES.stateUpdates.name));
  await connection.close();
});

it('Redis and MongoDB answer nobody without a password', async () => {
  const redis = new Redis(`redis://${await findAddress('redis')}`, { lazyConnect: true });
  redis.on('error', () => undefined);
  await expect(redis.get('a')).rejects.toThrow('NOAUTH');
  redis.disconnect();
  const client = new mongoose.mongo.MongoClient(
    `mongodb://${await findAddress('mongodb')}:27017/?directConnection=true`,
  );
  await expect(client.db('cyberstroll').collection('tasks').findOne()).rejects.toThrow(/requires authentication/);
  await client.close();
});

/**
 * Every container. The state-updater with the last: until the lease of the one that was killed has expired, nobody sees
 * progress.
 */
const KILLED_AT_ONCE = [
  ['rabbitmq'],
  ['mongodb'],
  running.filter((name) => STAND_INS[name] && !['rabbitmq', 'mongodb'].includes(name)),
  ours.filter(isNode),
  ours.filter((name) => !isNode(name)),
].map((names) => [names.join(', '), names] as const);

it.each(KILLED_AT_ONCE)(
  'amid a scan these are killed, and come back: %s',
  async (_, names) => {
    const { task_id } = await eventually(() => createScan(MANY), LIMIT);
    scans.set(task_id, `${names} were killed`);
    await eventually(async () => (await api.getTask(task_id)).progress.completed_count > 0, LIMIT);
    const containers = await Promise.all(names.map(async (name) => (await findContainer(name))!));
    const pids = await findPids(containers);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    const areBack = async () => (await findPids(containers)).every((pid, i) => ![0, pids[i]].includes(pid));
    await eventually(areBack, LIMIT);
    await Promise.all(names.map(waitFor));
  },
  900_000,
);

it('nothing of these scans is lost', async () => {
  for (const [taskId, meanwhile] of scans) {
    await eventually(() => expectComplete(taskId), LIMIT).catch((cause) => {
      throw new Error(`${meanwhile}: ${cause.message}`, { cause });
    });
  }
  expect(await api.get('/api/dead-letters')).toMatchObject({ items: [] });
}, 1_800_000);

it('all of it is there after down and up', async () => {
  const [taskId] = scans.keys();
  await down();
  expect(await findContainer('task-api')).toBeNull();
  await up();
  await eventually(() => expectComplete(taskId!), LIMIT);
  const { task_id: next } = await createScan(SOME);
  await expectComplete(next);
}, 1_800_000);
