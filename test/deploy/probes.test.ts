/**
 * What Kubernetes does with the pods while RabbitMQ, MongoDB or Redis fails over. Each service runs, and its own HTTP
 * server says what its probes are answered while one of them is cut off, and afterwards; a simulated kubelet, with the
 * probes of the manifests and a clock of its own, does the rest.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, loadConfig, type Service } from '@cyberstroll/runtime';
import { createTcpProxy, createTestbed, eventually, type Testbed, testLogger, toVariables } from '@cyberstroll/testkit';
import type { z } from 'zod';
import { ANSWERS_WITHIN_MS, type ReadinessReport } from '../../packages/runtime/src/health/health';
import { buildOverlay, overlays, serviceOf } from './manifests';
import { root } from './read-compose';
import { type PodHistory, type Simulation, simulatePods } from './simulate-probes';

const SERVICES = readdirSync(join(root, 'services'));
/** Clients reach these by a Service. */
const REACHED = ['task-api', 'progress-pusher'];
const ENGINES = ['rabbitmq', 'mongodb', 'redis'] as const;
type EngineName = (typeof ENGINES)[number];

/** The status by path. */
type Statuses = Record<string, number>;
const answers: Record<string, Record<'whole' | EngineName, Statuses>> = {};
/** Of replicas that start while MongoDB is away. */
const startsWithout: Statuses[] = [];

const ask = (service: Service, path: string) => fetch(`http://127.0.0.1:${service.port()}${path}`);

async function readStatuses(service: Service): Promise<Statuses> {
  return { '/livez': (await ask(service, '/livez')).status, '/readyz': (await ask(service, '/readyz')).status };
}

/** The statuses once one engine alone is away, or none: a slow machine may miss another for a moment. */
const readStatusesWithout = (away: EngineName | undefined, service: Service) =>
  eventually(async () => {
    const ready = await ask(service, '/readyz');
    const { checks } = (await ready.json()) as ReadinessReport;
    for (const engine of ENGINES.filter((name) => name in checks)) {
      expect([engine, checks[engine] === 'ok']).toEqual([engine, engine !== away]);
    }
    return { '/livez': (await ask(service, '/livez')).status, '/readyz': ready.status };
  });

async function createService(name: string, testbed: Testbed): Promise<Service> {
  const { configShape } = (await import(join(root, 'services', name, 'src/config'))) as { configShape: z.ZodRawShape };
  const [create] = Object.values(await import(join(root, 'services', name, 'src/service'))) as [
    (config: unknown, logger: Logger) => Service,
  ];
  const variables = { API_KEYS: 'vera:viewer:viewer-0123456789abcdef', SCANNER: 'noop', DASHBOARD: 'false' };
  return create(loadConfig(configShape, { ...toVariables(testbed), ...variables }), testLogger);
}

let testbed: Testbed;

beforeAll(async () => {
  testbed = await createTestbed();
  const proxies = {
    rabbitmq: await createTcpProxy(testbed.rabbitmq_url),
    mongodb: await createTcpProxy(testbed.mongodb_uri),
    redis: await createTcpProxy(testbed.redis_url),
  };
  for (const proxy of Object.values(proxies)) testbed.defer(proxy.close);
  const behind = {
    ...testbed,
    rabbitmq_url: proxies.rabbitmq.url,
    mongodb_uri: proxies.mongodb.url,
    redis_url: proxies.redis.url,
  };
  const services = await Promise.all(
    SERVICES.map(async (name) => [name, await testbed.start(await createService(name, behind))] as const),
  );
  const readAll = async (away?: EngineName) => {
    for (const [name, service] of services) {
      answers[name] = { ...answers[name]!, [away ?? 'whole']: await readStatusesWithout(away, service) };
    }
  };
  await readAll();
  for (const engine of ENGINES) {
    proxies[engine].cut();
    await readAll(engine);
    const late = engine === 'mongodb' ? await Promise.all(REACHED.map((name) => createService(name, behind))) : [];
    for (const service of late) {
      testbed.defer(() => service.stop());
      service.start().catch(() => undefined);
      await eventually(() => service.port() > 0);
      startsWithout.push(await readStatuses(service));
    }
    proxies[engine].restore();
    await readAll();
  }
});
afterAll(() => testbed?.cleanup());

/** When the failover begins, and how long the pods are watched, in seconds. */
const [BEGINS, WATCHED] = [60, 600];
const TAKES = 10;

function failOver(container: Simulation['container'], whole: Statuses, away: Statuses, takes = TAKES): PodHistory[] {
  const answer: Simulation['answer'] = (path, second) =>
    second >= BEGINS && second < BEGINS + takes
      ? { status: away[path]!, afterSeconds: ANSWERS_WITHIN_MS / 1_000 }
      : { status: whole[path]!, afterSeconds: 0 };
  return simulatePods({ container, answer, seconds: WATCHED });
}

/** How many of the simulated pods the Service leads to, at the worst moment of and after the failover. */
const countLeast = (pods: PodHistory[]) =>
  Math.min(...Array.from({ length: WATCHED - BEGINS }, (_, i) => pods.filter(({ ready }) => ready[BEGINS + i]).length));

describe.each(overlays)('overlay %s', (overlay) => {
  const containers = Object.fromEntries(
    buildOverlay(overlay).workloads.map((workload) => [workload.metadata.name, serviceOf(workload)]),
  );
  const failOverOf = (name: string, engine: EngineName, takes?: number) =>
    failOver(containers[name], answers[name]!.whole, answers[name]![engine], takes);

  it.each(ENGINES)('starts no container again, however long %s is away', (engine) => {
    for (const name of SERVICES) {
      const pods = failOverOf(name, engine, WATCHED);
      expect([name, pods.map(({ restarts }) => restarts)]).toEqual([name, pods.map(() => 0)]);
    }
  });

  it.each([
    ['task-api', 'rabbitmq'],
    ['task-api', 'redis'],
    ['progress-pusher', 'rabbitmq'],
    ['progress-pusher', 'mongodb'],
    ['progress-pusher', 'redis'],
  ] as const)('keeps every pod of %s in its Service while %s fails over', (name, engine) => {
    const pods = failOverOf(name, engine);
    expect(countLeast(pods)).toBe(pods.length);
  });

  it('has every pod of task-api in its Service again one probe after MongoDB is back', () => {
    const pods = failOverOf('task-api', 'mongodb');
    expect(countLeast(pods)).toBe(0);
    const back = BEGINS + TAKES + containers['task-api'].readinessProbe.periodSeconds;
    expect(pods.every(({ ready }) => ready[back])).toBe(true);
  });

  it('would lose every pod of task-api, if it were not ready without what it only uses', () => {
    const { whole, redis } = answers['task-api']!;
    expect(countLeast(failOver(containers['task-api'], whole, { ...redis, '/readyz': 503 }))).toBe(0);
  });
});

it('has a rollout wait while MongoDB is away: a replica that cannot read API keys yet is not ready', () => {
  expect(startsWithout).toEqual(REACHED.map(() => ({ '/livez': 200, '/readyz': 503 })));
});
