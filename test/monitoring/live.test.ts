/** A real Prometheus over a live stack: what every service tells, every query of the dashboard, and an alert that fires. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { ROOT, startTestStack, type TestStack } from '../e2e/test-stack';
import { readPanelQueries } from './dashboard';
import { type Prometheus, runPromtool, startPrometheus } from './prometheus';
import { readRuleFile, toImpatient } from './rule-files';

/** Refused by the nodes alone: the API allows it. */
const FORBIDDEN = '127.200.0.0/22';

let system: TestStack;
let prometheus: Prometheus;
let longTask: string;

beforeAll(async () => {
  const node = { SCANNER: 'noop', SCAN_MS: '500', CAPACITY: '8', SCAN_SCOPE: `127.0.0.0/8,!${FORBIDDEN}` };
  system = await startTestStack({
    nodes: { 'node-a': node, 'node-b': node },
    serviceEnvironment: {
      'heartbeat-monitor': { METRICS_INTERVAL_MS: '1000' },
      'retry-scheduler': { AUDIT_INTERVAL_MS: '2000' },
    },
  });
  const targets = system.stack.describe().services.map(({ health_url }) => new URL(health_url).host);
  prometheus = await startPrometheus({ targets, rules: toImpatient(readRuleFile()) });
  const { api } = system;
  const short = await api.createTask({ task_target: '127.10.0.0/27' });
  longTask = (await api.createTask({ task_target: '127.20.0.0/16' })).task_id;
  await api.watch(longTask);
  await eventually(async () => (await api.getTask(short.task_id)).status === 'COMPLETED', { timeoutMs: 60_000 });
}, 180_000);

afterAll(async () => {
  await prometheus?.stop();
  await system?.stop();
}, 60_000);

const readMetrics = async () =>
  Promise.all(
    system.stack.describe().services.map(async ({ name, health_url }) => {
      // promtool keeps this process busy for longer than a server keeps an idle connection.
      const headers = { connection: 'close' };
      const text = await (await fetch(health_url.replace('/readyz', '/metrics'), { headers })).text();
      return { name: name.startsWith('node-') ? 'scanner-node' : name, text };
    }),
  );

it('every service tells what promtool finds no fault with', async () => {
  for (const { name, text } of await readMetrics()) {
    expect([name, runPromtool(['check', 'metrics'], { input: text })]).toEqual([name, { status: 0, output: '' }]);
  }
});

it('every service tells what docs/metrics.md says of it, and nothing else', async () => {
  const services = await readMetrics();
  const rows = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '));
  const documented = rows.flatMap(([name, type, labels, , of]) =>
    (of?.split(', ') ?? [...new Set(services.map((service) => service.name))]).map((service) => ({
      key: `${service} ${name!.replaceAll('`', '')} ${type}`,
      labels: labels!.replaceAll('`', '').split(' '),
    })),
  );
  const live = new Set(
    services.flatMap(({ name, text }) =>
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, metric, type]) => `${name} ${metric} ${type}`),
    ),
  );
  expect([...live].sort()).toEqual(documented.map(({ key }) => key).sort());

  const labelsOf = new Map(documented.map(({ key, labels }) => [key.split(' ').slice(0, 2).join(' '), labels]));
  const ids = [longTask, 'node-a', 'node-b', ...system.stack.describe().services.map(({ instance }) => instance)];
  for (const { name, text } of services) {
    for (const [, metric, list] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
      const allowed = [
        'service',
        'le',
        ...(labelsOf.get(`${name} ${metric!.replace(/_(bucket|sum|count)$/, '')}`) ??
          labelsOf.get(`${name} ${metric}`) ??
          []),
      ];
      for (const [, label, value] of list!.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        expect([metric, allowed]).toEqual([metric, expect.arrayContaining([label])]);
        if (label !== 'service') expect([metric, label, ids.includes(value!)]).toEqual([metric, label, false]);
      }
    }
  }
});

it('an alert fires when much of what is scanned fails, by the rule that is delivered', async () => {
  const firing = 'ALERTS{alertname="CyberstrollTaskFailureRate", alertstate="firing"}';
  expect(await prometheus.query(firing)).toEqual([]);
  await system.api.createTask({ task_target: FORBIDDEN, config: { priority: 10 } });
  const [alert] = await eventually(
    async () => {
      const samples = await prometheus.query(firing);
      return samples.length > 0 && samples;
    },
    { timeoutMs: 60_000 },
  );
  expect(alert).toMatchObject({ metric: { severity: 'warning' }, value: 1 });
}, 90_000);

/** What nobody can apply, as the panels of dead letters want it. */
async function sendPoison() {
  const connection = await connect(system.stack.describe().rabbitmq_url);
  const channel = await connection.createConfirmChannel();
  channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, Buffer.from('{'), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

it('every query of the dashboard returns data, those of what is not well too', async () => {
  await sendPoison();
  const queries = readPanelQueries();
  const found = new Map<string, number>();
  await eventually(
    async () => {
      // What is asked of the API is part of what is shown.
      await system.api.getTask(longTask);
      for (const { expr } of queries) {
        const samples = await prometheus.query(expr);
        const count = samples.filter(({ value }) => !Number.isNaN(value)).length;
        if (count > 0 || !found.has(expr)) found.set(expr, count);
      }
      expect(queries.filter(({ expr }) => !found.get(expr)).map(({ expr }) => expr)).toEqual([]);
    },
    { timeoutMs: 60_000, intervalMs: 1_000 },
  );
  const lines = queries.map(({ panel, expr }) =>
    [String(found.get(expr)).padStart(4), panel, expr.replace(/\s+/g, ' ')].join('  '),
  );
  console.info(['series  query', ...lines].join('\n'));
}, 90_000);

it('the figures are those of GET /api/statistics', async () => {
  await system.api.command(longTask, 'pause');
  await eventually(
    async () => {
      const statistics = await system.api.get<{ completion_rate: number; progress: { completed_count: number } }>(
        '/api/statistics',
      );
      const [ratio] = await prometheus.query('max(cyberstroll_task_completion_ratio)');
      const [completed] = await prometheus.query('max(cyberstroll_subtasks{status="completed"})');
      const [steps] = await prometheus.query('sum(cyberstroll_subtask_steps_total{status="COMPLETED"})');
      expect(ratio!.value).toBeCloseTo(statistics.completion_rate, 9);
      expect(completed!.value).toBe(statistics.progress.completed_count);
      expect(steps!.value).toBe(statistics.progress.completed_count);
    },
    { timeoutMs: 30_000 },
  );
}, 60_000);
