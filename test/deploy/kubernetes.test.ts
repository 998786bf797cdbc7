import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MAX_STATE_QUEUES, STATE_QUEUE_NAMES, toQueueNames } from '@cyberstroll/contracts';
import { createMetrics, loadConfig } from '@cyberstroll/runtime';
import { createCertificates } from '@cyberstroll/testkit';
import Ajv from 'ajv';
import type { z } from 'zod';
import { createHealthHandler, createReadiness } from '../../packages/runtime/src/health/health';
import { buildKustomization, listFiles, type Manifest, readManifests } from './build-kustomization';
import { root } from './read-compose';

const dir = join(root, 'deploy/kubernetes');
const overlays = readdirSync(join(dir, 'overlays'));
const secrets = readManifests(join(dir, 'secrets.example.yaml'));
const services = readdirSync(join(root, 'services'));

const schemas = ['kubernetes-1.34.json', 'keda-2.16.json'].map(
  (file) => JSON.parse(readFileSync(join(__dirname, 'schemas', file), 'utf8')) as { $defs: Record<string, Manifest> },
);
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
schemas.forEach((schema, i) => void ajv.addSchema(schema, `schema-${i}`));

/** What is wrong with a manifest by the schema of its kind. */
function findErrors({ kind, apiVersion, ...rest }: Manifest): unknown[] {
  const allows = (of: Manifest, value: string) => of && (of.const === value || of.enum?.includes(value));
  for (const [i, { $defs }] of schemas.entries()) {
    for (const [name, { properties: of }] of Object.entries($defs)) {
      if (!of || !allows(of.kind, kind) || !allows(of.apiVersion, apiVersion)) continue;
      const validate = ajv.getSchema(`schema-${i}#/$defs/${name}`)!;
      validate({ kind, apiVersion, ...rest });
      return validate.errors ?? [];
    }
  }
  return [`no schema for ${apiVersion} ${kind}`];
}

let files: string;
beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'cyberstroll-secrets-'));
  const { ca, cert, key } = await createCertificates();
  const pems: Record<string, string> = { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key };
  for (const { metadata, stringData } of secrets) {
    mkdirSync(join(files, metadata.name));
    for (const [name, text] of Object.entries(stringData as Record<string, string>)) {
      writeFileSync(join(files, metadata.name, name), pems[name] ?? text);
    }
  }
});
afterAll(() => rmSync(files, { recursive: true, force: true }));

it('has an example of RabbitMQ with the settings of deploy/rabbitmq', () => {
  const [{ spec }] = readManifests(join(dir, 'rabbitmq.example.yaml')) as [Manifest];
  const toSettings = (text: string) => text.split('\n').filter((line) => line && !/^(#|load_definitions)/.test(line));
  const delivered = ['rabbitmq.conf', 'reconciliation.conf'].flatMap((file) =>
    toSettings(readFileSync(join(root, 'deploy/rabbitmq', file), 'utf8')),
  );
  expect([spec.replicas, toSettings(spec.rabbitmq.additionalConfig)]).toEqual([3, delivered]);
});

it('leaves no file out, and refuses what is no manifest', () => {
  const used = new Set(overlays.flatMap((overlay) => listFiles(join(dir, 'overlays', overlay))));
  const all = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  expect(all.map((file) => join(dir, file)).filter((file) => !used.has(file))).toEqual([
    join(dir, 'rabbitmq.example.yaml'),
    join(dir, 'secrets.example.yaml'),
  ]);
  const [pod] = buildKustomization(join(dir, 'base')).filter(({ kind }) => kind === 'Deployment');
  pod.spec.template.spec.containers[0].livenesProbe = {};
  expect(findErrors(pod)).not.toEqual([]);
});

it('has an example of every secret that is valid', () => {
  for (const secret of secrets) expect([secret.metadata.name, findErrors(secret)]).toEqual([secret.metadata.name, []]);
});

describe.each(overlays)('overlay %s', (overlay) => {
  const manifests = buildKustomization(join(dir, 'overlays', overlay));
  const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
  const workloads = ofKind('Deployment', 'StatefulSet');
  const named = workloads.map((workload): [string, Manifest] => [workload.metadata.name, workload]);
  const podOf = (workload: Manifest) => workload.spec.template.spec;
  const serviceOf = (workload: Manifest) => podOf(workload).containers[0];
  const labelsOf = (workload: Manifest) => workload.spec.template.metadata.labels as Record<string, string>;
  const isSelected = (workload: Manifest, { matchLabels = {}, matchExpressions = [] }: Manifest) =>
    Object.entries(matchLabels).every(([key, value]) => labelsOf(workload)[key] === value) &&
    matchExpressions.every(({ key, values }: Manifest) => values.includes(labelsOf(workload)[key]));

  it('is valid by the schemas of Kubernetes and KEDA, each name once', () => {
    for (const manifest of manifests) {
      const name = `${manifest.kind} ${manifest.metadata.name}`;
      expect([name, findErrors(manifest)]).toEqual([name, []]);
    }
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toHaveLength(new Set(names).size);
  });

  it('runs every service', () => {
    expect(workloads.map(({ metadata }) => metadata.name).sort()).toEqual([...services].sort());
  });

  it.each(named)('%s runs its program, probed where it answers', async (name, workload) => {
    const { args, ports, image, ...container } = serviceOf(workload);
    expect(args).toEqual([`services/${name}/dist/bundle.js`]);
    expect(image).toMatch(/\/cyberstroll:\d/);
    const dockerfile = readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`HTTP_PORT=${ports[0].containerPort}`);
    const health = createHealthHandler(createReadiness({ needs: {} }), createMetrics('test'));
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path, port } = container[probe].httpGet;
      expect(port).toBe(ports[0].name);
      expect(await health(path)?.()).toMatchObject({ status: 200 });
    }
  });

  it.each(named)('%s is configured by variables that it knows, with values that it takes', async (name, workload) => {
    const { configShape } = (await import(join(root, 'services', name, 'src/config'))) as {
      configShape: z.ZodRawShape;
    };
    const { env, envFrom } = serviceOf(workload);
    const maps = envFrom.map(({ configMapRef }: Manifest) =>
      ofKind('ConfigMap').find(({ metadata }) => metadata.name === configMapRef.name),
    );
    const variables = {
      ...Object.assign({}, ...maps.map(({ data }: Manifest) => data)),
      ...Object.fromEntries(
        env.map(({ name: key, value, valueFrom }: Manifest) => [key, value ?? valueFrom.fieldRef.fieldPath]),
      ),
    } as Record<string, string>;
    for (const [variable, value] of Object.entries(variables)) {
      expect(Object.keys(configShape)).toContain(variable.replace(/_FILE$/, ''));
      if (variable.endsWith('_FILE')) variables[variable] = findFile(workload, value);
    }
    expect(() => loadConfig(configShape, variables)).not.toThrow();
  });

  /** The file in which the example has what a container finds at `path`. */
  function findFile(workload: Manifest, path: string): string {
    const mount = serviceOf(workload).volumeMounts.find(({ mountPath }: Manifest) => dirname(path) === mountPath);
    const volume = podOf(workload).volumes.find(({ name }: Manifest) => name === mount?.name);
    const sources = volume?.projected?.sources.map(({ secret }: Manifest) => secret) ?? [
      { name: volume?.secret.secretName, items: [{ key: path.split('/').at(-1), path: path.split('/').at(-1) }] },
    ];
    for (const { name, items } of sources) {
      for (const item of items) if (item.path === path.split('/').at(-1)) return join(files, name, item.key);
    }
    throw new Error(`${workload.metadata.name}: nothing is mounted at ${path}`);
  }

  it.each(named)('%s has time to drain', (_, workload) => {
    const { env, lifecycle } = serviceOf(workload);
    const drainMs = env.find(({ name }: Manifest) => name === 'DRAIN_TIMEOUT_MS')?.value ?? 5_000;
    const neededMs = (lifecycle?.preStop.sleep.seconds ?? 0) * 1_000 + Number(drainMs) + 10_000;
    expect(podOf(workload).terminationGracePeriodSeconds * 1_000).toBeGreaterThan(neededMs);
  });

  it.each(named)('%s has no rights, bounds, and an account of its own', (_, workload) => {
    expect(podOf(workload)).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(serviceOf(workload)).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
    });
    expect(ofKind('ServiceAccount').map(({ metadata }) => metadata.name)).toContain(podOf(workload).serviceAccountName);
    expect(podOf(workload).topologySpreadConstraints).toHaveLength(2);
  });

  it('selects what there is: workloads their pods, services, budgets and policies a workload', () => {
    for (const workload of workloads) expect(isSelected(workload, workload.spec.selector)).toBe(true);
    for (const { spec, metadata } of ofKind('Service').filter(({ metadata: { name } }) => name !== 'nowhere')) {
      const selected = workloads.filter((workload) => isSelected(workload, { matchLabels: spec.selector }));
      expect([metadata.name, selected.length]).toEqual([metadata.name, 1]);
      for (const { targetPort } of spec.ports)
        expect(serviceOf(selected[0]).ports.map(({ name }: Manifest) => name)).toContain(targetPort);
    }
    for (const { spec } of ofKind('StatefulSet')) {
      expect(ofKind('Service').map(({ metadata }) => metadata.name)).toContain(spec.serviceName);
    }
    for (const name of services) {
      const budgets = ofKind('PodDisruptionBudget').filter(({ spec }) =>
        isSelected(
          workloads.find(({ metadata }) => metadata.name === name),
          spec.selector,
        ),
      );
      expect([name, budgets.length]).toEqual([name, 1]);
    }
    for (const { spec, metadata } of ofKind('NetworkPolicy')) {
      expect([metadata.name, workloads.some((workload) => isSelected(workload, spec.podSelector))]).toEqual([
        metadata.name,
        true,
      ]);
    }
  });

  it('denies all traffic but to the engines that a service uses, what a node scans, and webhooks', () => {
    const policies = ofKind('NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name === 'default-deny')!;
    expect(deny.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const engines = { rabbitmq: 'RABBITMQ_URL_FILE', mongodb: 'MONGODB_URI_FILE', redis: 'REDIS_URL_FILE' };
    for (const workload of workloads) {
      const variables = serviceOf(workload).env.map(({ name }: Manifest) => name);
      const outward = policies
        .filter(
          ({ spec }) =>
            spec.egress && Object.keys(spec.podSelector).length > 0 && isSelected(workload, spec.podSelector),
        )
        .map(({ metadata }) => metadata.name);
      const used = Object.entries(engines).filter(([, variable]) => variables.includes(variable));
      const asksManagement = variables.includes('RABBITMQ_MANAGEMENT_URL_FILE') ? ['rabbitmq-management'] : [];
      const own =
        { 'scanner-node': ['scans'], 'heartbeat-monitor': ['webhooks', ...asksManagement] }[
          workload.metadata.name as string
        ] ?? [];
      expect([workload.metadata.name, outward.sort()]).toEqual([
        workload.metadata.name,
        [...used.map(([engine]) => engine), ...own].sort(),
      ]);
    }
  });

  it('has one host with TLS: /ws to progress-pusher, health and metrics to no pod, all else to task-api', () => {
    const [{ spec }, ...others] = ofKind('Ingress');
    const [{ host, http }] = spec.rules;
    expect([others, spec.rules.length, spec.tls]).toEqual([
      [],
      1,
      [{ hosts: [host], secretName: 'cyberstroll-ingress-tls' }],
    ]);
    const routes = http.paths.map(({ path, pathType, backend: { service } }: Manifest) => {
      expect([pathType, service.port]).toEqual(['Prefix', { name: 'http' }]);
      return [path, service.name];
    });
    expect(Object.fromEntries(routes)).toEqual({
      '/ws': 'progress-pusher',
      '/livez': 'nowhere',
      '/readyz': 'nowhere',
      '/metrics': 'nowhere',
      '/': 'task-api',
    });
    const [nowhere] = ofKind('Service').filter(({ metadata }) => metadata.name === 'nowhere');
    expect(nowhere.spec).not.toHaveProperty('selector');
    const [clients] = ofKind('NetworkPolicy').filter(({ metadata }) => metadata.name === 'clients');
    const reached = workloads.filter((workload) => isSelected(workload, clients.spec.podSelector));
    expect(reached.map(({ metadata }) => metadata.name).sort()).toEqual(['progress-pusher', 'task-api']);
    for (const workload of reached) expect(serviceOf(workload).env).toContainEqual({ name: 'TRUST_PROXY', value: '1' });
  });

  it('lets services reach Redis and its sentinels, with and without TLS', () => {
    const [redis] = ofKind('NetworkPolicy').filter(({ metadata }) => metadata.name === 'redis');
    expect(redis.spec.egress[0].ports.map(({ port }: Manifest) => port)).toEqual([6379, 6380, 26379]);
  });

  it("keeps nodes from the cluster's own addresses, where what they scan is concerned", () => {
    const [scans] = ofKind('NetworkPolicy').filter(({ metadata }) => metadata.name === 'scans');
    const [{ ipBlock }] = scans.spec.egress[0].to;
    expect(ipBlock.except).toEqual(expect.arrayContaining(['169.254.0.0/16', '10.96.0.0/12', '10.244.0.0/16']));
  });

  it('gives each workload the secrets of its variables, and no more', () => {
    for (const workload of workloads) {
      const mounted = podOf(workload)
        .volumes.find(({ name }: Manifest) => name === 'secrets')
        .projected.sources.flatMap(({ secret }: Manifest) => secret.items.map(({ path }: Manifest) => path));
      const read = serviceOf(workload)
        .env.map(({ value }: Manifest) => value)
        .filter((value?: string) => value?.startsWith('/run/secrets/cyberstroll/'));
      expect(read.map((path: string) => path.split('/').at(-1)).sort()).toEqual(mounted.sort());
    }
    const [node] = workloads.filter(({ metadata }) => metadata.name === 'scanner-node');
    expect(JSON.stringify(node)).toContain('"cyberstroll-rabbitmq-node"');
  });

  it('scales by queues that there are, and down more slowly than a pod drains', () => {
    const [node] = workloads.filter(({ metadata }) => metadata.name === 'scanner-node');
    const pools = serviceOf(node)
      .env.find(({ name }: Manifest) => name === 'POOLS')
      .value.split(',');
    const queues = toQueueNames(1, pools);
    const everyQueue = toQueueNames(MAX_STATE_QUEUES, pools);
    for (const { spec, metadata } of ofKind('ScaledObject')) {
      const target = workloads.find(
        (one) => one.kind === spec.scaleTargetRef.kind && one.metadata.name === spec.scaleTargetRef.name,
      );
      expect([metadata.name, target?.metadata.name]).toEqual([metadata.name, metadata.name]);
      expect(target.spec).not.toHaveProperty('replicas');
      const { scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
      const graceSeconds = podOf(target).terminationGracePeriodSeconds;
      expect(scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300);
      for (const { periodSeconds } of scaleDown.policies) expect(periodSeconds).toBeGreaterThan(graceSeconds);
      for (const { type, metadata: trigger, authenticationRef } of spec.triggers) {
        const isMeant = (queue: string) =>
          trigger.useRegex === 'true' ? new RegExp(trigger.queueName).test(queue) : trigger.queueName === queue;
        expect([type, trigger.protocol, queues.some(isMeant)]).toEqual(['rabbitmq', 'http', true]);
        if (trigger.useRegex) expect(everyQueue.filter(isMeant)).toEqual(STATE_QUEUE_NAMES);
        expect(ofKind('TriggerAuthentication').map(({ metadata }) => metadata.name)).toContain(authenticationRef.name);
      }
    }
    for (const { spec } of ofKind('TriggerAuthentication')) {
      for (const { name, key } of spec.secretTargetRef) {
        expect(secrets.find(({ metadata }) => metadata.name === name)?.stringData).toHaveProperty([key]);
      }
    }
  });
});

it('scales by the depth of queues, and dispatchers, which read none, by the rate of jobs, too', () => {
  const scaled = buildKustomization(join(dir, 'overlays/cluster')).filter(({ kind }) => kind === 'ScaledObject');
  const triggers = scaled.map(({ metadata, spec }) => [
    metadata.name,
    spec.triggers.map(({ metadata: { mode, queueName } }: Manifest) => `${mode} of ${queueName}`),
  ]);
  expect(Object.fromEntries(triggers)).toEqual({
    dispatcher: ['QueueLength of cs.jobs.default', 'MessageRate of cs.jobs.default'],
    'scanner-node': ['QueueLength of cs.jobs.default'],
    'state-updater': ['QueueLength of ^cs\\.state\\.updates(\\.[0-9]+)?$'],
  });
});
