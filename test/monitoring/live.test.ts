/**
 * A real Prometheus over a live stack: what every service reports, every query of the dashboard, and an alert that
 * fires.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXCHANGES, type FleetStatisticsView, QUEUES, type TaskStatistics, toBuckets } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import type { TaskView, Wire } from '../e2e/api';
import { startLightStack } from '../e2e/light-stack';
import { ROOT, type TestStack } from '../e2e/test-stack';
import { readPanelQueries } from './dashboard';
import { type Prometheus, runPromtool, startPrometheus } from './prometheus';
import { readRuleFile, toImpatient } from './rule-files';

/** Refused by the nodes alone: the API allows it. */
const FORBIDDEN = '127.200.0.0/22';

/** Of a wait for what services, sweeps and scrapes do one after the other. */
const WITHIN = { timeoutMs: 200_000, intervalMs: 500 };
const LIMIT_MS = 600_000;

let system: TestStack;
let prometheus: Prometheus;
let longTask: string;

beforeAll(async () => {
  const node = { SCANNER: 'noop', SCAN_MS: '500', CAPACITY: '8', SCAN_SCOPE: `127.0.0.0/8,!${FORBIDDEN}` };
  system = await startLightStack({
    // What node-c takes it holds until the end.
    nodes: { 'node-a': node, 'node-b': node, 'node-c': { ...node, SCAN_MS: '3600000', CAPACITY: '4', POOLS: 'slow' } },
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
  await eventually(async () => (await api.getTask(short.task_id)).status === 'COMPLETED', WITHIN);
}, LIMIT_MS);

afterAll(async () => {
  await prometheus?.stop();
  await system?.stop();
});

const readMetrics = async () =>
  Promise.all(
    system.stack.describe().services.map(async ({ name, health_url }) => {
      const url = health_url.replace('/readyz', '/metrics');
      // promtool keeps this process busy for longer than a server keeps an idle connection: a try may meet its end.
      const text = await eventually(async () => (await fetch(url, { headers: { connection: 'close' } })).text());
      return { name: name.startsWith('node-') ? 'scanner-node' : name, text };
    }),
  );

it('every service reports metrics that promtool finds no fault with', async () => {
  for (const { name, text } of await readMetrics()) {
    expect([name, runPromtool(['check', 'metrics'], { input: text })]).toEqual([name, { status: 0, output: '' }]);
  }
});

it('every service reports what docs/metrics.md lists for it, and nothing else', async () => {
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
  const ids = [
    longTask,
    'node-a',
    'node-b',
    'node-c',
    ...system.stack.describe().services.map(({ instance }) => instance),
  ];
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

it(
  'an alert fires when many scans fail, by the delivered rule',
  async () => {
    const firing = 'ALERTS{alertname="CyberstrollTaskFailureRate", alertstate="firing"}';
    expect(await prometheus.query(firing)).toEqual([]);
    await system.api.createTask({ task_target: FORBIDDEN, config: { priority: 10 } });
    const [alert] = await eventually(async () => {
      const samples = await prometheus.query(firing);
      return samples.length > 0 && samples;
    }, WITHIN);
    expect(alert).toMatchObject({ metric: { severity: 'warning' }, value: 1 });
  },
  LIMIT_MS,
);

/** What nobody can apply, as the panels of dead letters want it. */
async function sendPoison() {
  const connection = await connect(system.stack.describe().rabbitmq_url);
  const channel = await connection.createConfirmChannel();
  channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, Buffer.from('{'), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

it(
  'every query of the dashboard returns data, also those that show faults',
  async () => {
    await sendPoison();
    const queries = readPanelQueries();
    const found = new Map<string, number>();
    await eventually(async () => {
      // What is asked of the API is part of what is shown.
      await system.api.getTask(longTask);
      for (const { expr } of queries) {
        const samples = await prometheus.query(expr);
        const count = samples.filter(({ value }) => !Number.isNaN(value)).length;
        if (count > 0 || !found.has(expr)) found.set(expr, count);
      }
      expect(queries.filter(({ expr }) => !found.get(expr)).map(({ expr }) => expr)).toEqual([]);
    }, WITHIN);
    const lines = queries.map(({ panel, expr }) =>
      [String(found.get(expr)).padStart(4), panel, expr.replace(/\s+/g, ' ')].join('  '),
    );
    console.info(['series  query', ...lines].join('\n'));
  },
  LIMIT_MS,
);

const readStatistics = (taskId: string) => system.api.get<Wire<TaskStatistics>>(`/api/tasks/${taskId}/statistics`);

/**
 * Work that is held for good, and was reassigned from the process that held it first; and work that fails, after a
 * retry each.
 */
async function makeHistory() {
  const { api } = system;
  const held = await api.createTask({ task_target: '127.30.0.0/31', config: { pool: 'slow', subtask_timeout: 3_600 } });
  const isHeld = async (losses: number) => {
    const { claims_held, node_losses_total } = await readStatistics(held.task_id);
    expect(claims_held).toBe(2);
    expect(node_losses_total).toBeGreaterThanOrEqual(losses);
  };
  await eventually(() => isHeld(0), WITHIN);
  await system.find('node-c')[0]!.kill();
  const config = { retryable: { OUT_OF_SCOPE: true }, max_retries: 1, retry_delay: 1, priority: 10 };
  const failing = await api.createTask({ task_target: '127.200.0.0/30', config });
  await eventually(() => isHeld(2), WITHIN);
  // The whole task: what it waits for says why it has not ended.
  await eventually(async () => expect(await api.getTask(failing.task_id)).toMatchObject({ status: 'FAILED' }), WITHIN);
}

/** What `GET /api/statistics` reports, as Prometheus has it. */
async function readFigures() {
  const one = async (expr: string) => (await prometheus.query(expr))[0]?.value;
  const fleet = (name: string) => one(`max(cyberstroll_${name})`);
  const by = async (label: string, expr: string) =>
    Object.fromEntries((await prometheus.query(expr)).map(({ metric, value }) => [metric[label], value]));
  const fleetBy = (label: string, name: string) => by(label, `max by (${label}) (cyberstroll_${name})`);
  return {
    completion_rate: await fleet('task_completion_ratio'),
    failure_rate: await fleet('task_failure_ratio'),
    average_execution_time: await fleet('task_execution_seconds'),
    node_utilisation: await fleet('node_utilisation_ratio'),
    active_tasks: await fleet('node_slots_taken'),
    max_capacity: await fleet('node_slots'),
    is_complete: await fleet('fleet_figures_complete'),
    claims_held: await one('sum(cyberstroll_node_claims{state="held"})'),
    completed: await one('sum(cyberstroll_subtask_transitions_total{status="COMPLETED"})'),
    retries: await one('sum(cyberstroll_subtask_transitions_total{status="RETRYING"})'),
    subtasks_reassigned_total: await by('cause', 'sum by (cause) (cyberstroll_subtasks_reassigned_total)'),
    updates_applied_total: await one('sum(cyberstroll_state_updates_total{outcome="applied"})'),
    subtasks: await fleetBy('status', 'subtasks'),
    tasks: await fleetBy('status', 'tasks'),
    nodes: await fleetBy('status', 'nodes'),
    pools: await fleetBy('pool', 'pool_slots'),
    queues: await fleetBy('queue', 'queue_messages'),
    nonempty_seconds: await fleetBy('queue', 'queue_nonempty_seconds'),
    alerts_active: await fleetBy('rule', 'alerts_active'),
    dead_letters_by_reason: await fleetBy('reason', 'dead_letters_waiting'),
    dead_letter_records: await by('reason', 'sum by (reason) (cyberstroll_dead_letters_total)'),
    task_leases: await one('sum(cyberstroll_task_leases_held)'),
  };
}

/** The same from the API; shares and means without their last digits. */
function toFigures(fleet: Wire<FleetStatisticsView>): Record<keyof Awaited<ReturnType<typeof readFigures>>, unknown> {
  const buckets = toBuckets(fleet.progress);
  const ofQueues = (toValue: (queue: NonNullable<typeof fleet.queues>[number]) => number | null) =>
    Object.fromEntries(fleet.queues!.map((queue) => [queue.queue, toValue(queue)]));
  return {
    completion_rate: expect.closeTo(fleet.completion_rate, 9),
    failure_rate: expect.closeTo(fleet.failure_rate, 9),
    average_execution_time: expect.closeTo(fleet.average_execution_time!, 9),
    node_utilisation: expect.closeTo(fleet.node_utilisation!, 9),
    active_tasks: fleet.active_tasks,
    max_capacity: fleet.max_capacity,
    is_complete: Number(fleet.is_complete),
    claims_held: fleet.claims_held,
    completed: fleet.progress.completed_count,
    retries: fleet.retries_total + fleet.node_losses_total,
    subtasks_reassigned_total: fleet.subtasks_reassigned_total,
    updates_applied_total: fleet.updates_applied_total,
    subtasks: Object.fromEntries(Object.entries(buckets).map(([name, count]) => [name.replace('_count', ''), count])),
    tasks: fleet.tasks,
    nodes: fleet.nodes,
    pools: fleet.pools,
    queues: ofQueues(({ messages }) => messages),
    nonempty_seconds: ofQueues(({ nonempty_seconds }) => nonempty_seconds),
    alerts_active: fleet.alerts_active,
    dead_letters_by_reason: fleet.dead_letters_by_reason,
    dead_letter_records: fleet.dead_letters_by_reason,
    task_leases: fleet.leases.tasks,
  };
}

const OTHERS = ['failure_rate', 'node_utilisation', 'dead_letters_waiting', 'average_update_lag'] as const;
/** What the tasks have, added up. */
const SUMS = ['claims_held', 'retries_total', 'node_losses_total', 'updates_applied_total'] as const;

it(
  'the figures are those of GET /api/statistics, when all is settled',
  async () => {
    const { api } = system;
    // What waits of it would be scanned before the work below.
    await api.command(longTask, 'pause');
    await makeHistory();
    await eventually(async () => {
      const statistics = await api.get<Wire<FleetStatisticsView>>('/api/statistics');
      expect(await readFigures()).toEqual(toFigures(statistics));
      const { items } = await api.get<{ items: TaskView[] }>('/api/tasks');
      const ofTasks = await Promise.all(items.map(({ task_id }) => readStatistics(task_id)));
      for (const name of SUMS) {
        expect([name, ofTasks.reduce((sum, task) => sum + task[name], 0)]).toEqual([name, statistics[name]]);
      }
      // Or there would be little to compare.
      expect([...SUMS, ...OTHERS].filter((name) => !statistics[name])).toEqual([]);
    }, WITHIN);
  },
  LIMIT_MS,
);
