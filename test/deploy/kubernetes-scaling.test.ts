import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toQueueNames } from '@cyberstroll/contracts';
import { configShape } from '../../services/progress-pusher/src/config';
import { buildOverlay, type Manifest, podOf, secretExamples, serviceOf } from './manifests';
import { root } from './read-compose';

const { ofKind, workloads } = buildOverlay('cluster');

/** The services that have the metric of a query, by the reference of metrics. */
function findSeries(query: string): string[] {
  const [, metric] = /^sum\((\w+)\)$/.exec(query) ?? [];
  const row = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`| \`${metric}\` |`));
  return row?.split('|').at(-2)?.trim().split(', ') ?? [];
}

it('scales by what there is, and down more slowly than a pod drains', () => {
  const [node] = workloads.filter(({ metadata }) => metadata.name === 'scanner-node');
  const pools = serviceOf(node)
    .env.find(({ name }: Manifest) => name === 'POOLS')
    .value.split(',');
  const queues = toQueueNames(pools);
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
      if (type === 'prometheus') {
        expect(findSeries(trigger.query)).toEqual(['progress-pusher']);
        continue;
      }
      expect([type, trigger.protocol, queues.includes(trigger.queueName)]).toEqual(['rabbitmq', 'http', true]);
      expect(ofKind('TriggerAuthentication').map(({ metadata }) => metadata.name)).toContain(authenticationRef.name);
    }
  }
  for (const { spec } of ofKind('TriggerAuthentication')) {
    for (const { name, key } of spec.secretTargetRef) {
      expect(secretExamples.find(({ metadata }) => metadata.name === name)?.stringData).toHaveProperty([key]);
    }
  }
});

it('scales by the depth of queues, and dispatchers, which read none, by the rate of jobs, too', () => {
  const scaled = ofKind('ScaledObject');
  const triggers = scaled.map(({ metadata, spec }) => [
    metadata.name,
    spec.triggers.map(({ metadata: { mode, queueName, query } }: Manifest) => query ?? `${mode} of ${queueName}`),
  ]);
  expect(Object.fromEntries(triggers)).toEqual({
    dispatcher: ['QueueLength of cs.jobs.default', 'MessageRate of cs.jobs.default'],
    'progress-pusher': ['sum(cyberstroll_websocket_connections)'],
    'scanner-node': ['QueueLength of cs.jobs.default'],
  });
});

it('scales progress-pushers before they are full, and not down while Prometheus does not answer', () => {
  const [{ spec }] = ofKind('ScaledObject').filter(({ metadata }) => metadata.name === 'progress-pusher');
  const [{ metadata }] = spec.triggers;
  expect(Number(metadata.threshold)).toBeLessThanOrEqual(configShape.MAX_CONNECTIONS.parse(undefined) / 2);
  expect([spec.fallback, metadata.ignoreNullValues]).toEqual([undefined, 'false']);
});
