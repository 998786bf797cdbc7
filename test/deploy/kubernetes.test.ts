import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMetrics, loadConfig } from '@cyberstroll/runtime';
import { createCertificates } from '@cyberstroll/testkit';
import Ajv from 'ajv';
import type { z } from 'zod';
import { createHealthHandler, createReadiness } from '../../packages/runtime/src/health/health';
import {
  buildOverlay,
  kubernetesDir as dir,
  isSelected,
  listUsed,
  type Manifest,
  overlays,
  podOf,
  readManifests,
  secretExamples,
  serviceOf,
} from './manifests';
import { root } from './read-compose';

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
  for (const { metadata, stringData } of secretExamples) {
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
  const all = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const used = listUsed();
  expect(all.filter((file) => !used.includes(file)).sort()).toEqual(['rabbitmq.example.yaml', 'secrets.example.yaml']);
  const [pod] = readManifests(join(dir, 'base/task-api.yaml'));
  expect(findErrors(pod)).toEqual([]);
  serviceOf(pod).livenesProbe = {};
  expect(findErrors(pod)).not.toEqual([]);
});

it('has an example of every secret that is valid', () => {
  for (const secret of secretExamples)
    expect([secret.metadata.name, findErrors(secret)]).toEqual([secret.metadata.name, []]);
});

describe.each(overlays)('overlay %s', (overlay) => {
  const { manifests, ofKind, workloads } = buildOverlay(overlay);
  const named = workloads.map((workload): [string, Manifest] => [workload.metadata.name, workload]);

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
      variables[variable] = value.replace(/\$\((\w+)\)/g, (_, other) => variables[other]!);
    }
    // It is there for another variable.
    delete variables['POD_NAME'];
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
      // While RabbitMQ is away no updater is ready: a host could not be drained.
      expect(budgets[0].spec.unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
    }
    for (const { spec, metadata } of ofKind('NetworkPolicy')) {
      expect([metadata.name, workloads.some((workload) => isSelected(workload, spec.podSelector))]).toEqual([
        metadata.name,
        true,
      ]);
    }
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
});
