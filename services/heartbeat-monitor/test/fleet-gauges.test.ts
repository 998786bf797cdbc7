import { EXCHANGES, toBuckets, toJobQueue } from '@cyberstroll/contracts';
import { createMetrics } from '@cyberstroll/runtime';
import { createAmqpProxy, createTestBroker, eventually } from '@cyberstroll/testkit';
import { createQueueReader } from '../src/alerts/alert-readers';
import type { AlertLimits } from '../src/alerts/core/alert-readings';
import { createFleetGauges, createQueueGauges } from '../src/metrics/gauges';
import { createFleetSweep } from '../src/sweeps/show-fleet';
import { createReplicaSweep } from '../src/sweeps/show-replicas';
import { type Fixture, setup, toHeartbeat } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture.cleanup());

const jobs = toJobQueue('default').name;

function open(intervalMs: number, broker = fixture.broker) {
  const registry = createMetrics('test');
  const deps = { ...fixture, broker, registry, intervalMs };
  // Samples are for the last test alone.
  const store = { ...fixture.store, samples: { add: async () => undefined }, nodeSamples: { take: async () => 0 } };
  const show = createFleetGauges(deps);
  const looks = [createFleetSweep({ ...deps, store: store as never, show }), createQueueGauges(deps)];
  const checkOnce = async (now: Date) => {
    for (const look of looks) await look(now);
  };
  const read = async (name: string, label?: string) => {
    const { values } = await registry.getSingleMetric(`cyberstroll_${name}`)!.get();
    return Object.fromEntries(values.map(({ labels, value }) => [label ? labels[label] : '', value]));
  };
  return { checkOnce, read };
}

it('shows tasks, subtasks, nodes and the four figures of the contract', async () => {
  const { checkOnce, read } = open(60_000);
  const node = { node_id: 'n1', instance_id: 'n1-a' };
  const taskId = await fixture.createTask('127.0.0.0/29');
  await fixture.claim(taskId, [0, 1], node);
  const current_tasks = [0, 1].map((index) => ({ subtask_id: `${taskId}-${index}`, status: 'SCANNING', progress: 0 }));
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...node, current_tasks }), new Date());
  await checkOnce(new Date());
  expect(await read('tasks', 'status')).toMatchObject({ RUNNING: 1, COMPLETED: 0 });
  expect(await read('subtasks', 'status')).toMatchObject({ pending: 6, scanning: 2, completed: 0, retry: 0 });
  expect(await read('nodes', 'status')).toMatchObject({ online: 1, silent: 0 });
  expect(await read('fleet_figures_complete')).toEqual({ '': 1 });
  expect(await read('task_completion_ratio')).toEqual({ '': 0 });
  expect(await read('task_failure_ratio')).toEqual({ '': 0 });
  expect(await read('node_utilisation_ratio')).toEqual({ '': 0.2 });
  expect(await read('pool_slots', 'pool')).toEqual({ default: 10 });
  await fixture.store.alerts.raise(
    { rule: 'node_silent', subject: 'n2', summary: 'not heard', value: 90, threshold: 60 },
    'test',
    new Date(),
  );
  await checkOnce(new Date());
  expect(await read('alerts_active', 'rule')).toMatchObject({ node_silent: 1, queue_backlog: 0 });
  // No scan was completed: there is no mean.
  expect(await read('task_execution_seconds')).toEqual({});
});

it('shows whether the figures cover all tasks, or a part of too many', async () => {
  const registry = createMetrics('test');
  const part = { ...(await fixture.store.statistics.getFleetStatistics()), is_complete: false };
  createFleetGauges({ registry, intervalMs: 60_000 })(part);
  const { values } = await registry.getSingleMetric('cyberstroll_fleet_figures_complete')!.get();
  expect(values.map(({ value }) => value)).toEqual([0]);
});

it('shows the depth of each queue, and since when it is not empty', async () => {
  const { checkOnce, read } = open(60_000);
  const begun = Date.now();
  const look = (seconds: number) => checkOnce(new Date(begun + seconds * 1_000));
  await fixture.store.nodes.recordHeartbeat(toHeartbeat(), new Date());
  await fixture.broker.declareJobQueue('default');
  await look(0);
  expect(await read('queue_messages', 'queue')).toMatchObject({ [jobs]: 0, 'cs.updates': 0 });
  await fixture.publisher.publish(EXCHANGES.jobs.name, 'default', {});
  await eventually(async () => (await fixture.broker.queueDepth(jobs)).known === 1);
  await look(5);
  expect(await read('queue_messages', 'queue')).toMatchObject({ [jobs]: 1 });
  await look(10);
  // The API shows the same.
  expect(await fixture.store.queues.findEmptyTimes([jobs], new Date(begun + 10_000))).toEqual(
    new Map([[jobs, new Date(begun)]]),
  );
  await look(30);
  expect(await read('queue_nonempty_seconds', 'queue')).toMatchObject({ [jobs]: 30, 'cs.updates': 0 });
  await look(211);
  // Another replica led in between: whether the queue was empty is unknown.
  expect(await read('queue_nonempty_seconds', 'queue')).toMatchObject({ [jobs]: 0 });
});

it('shows the last depth, and clears no alert, while RabbitMQ does not know the depth', async () => {
  const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
  const broker = createTestBroker({ rabbitmq_url: proxy.url }, 'behind a proxy');
  await broker.start();
  const { checkOnce, read } = open(60_000, broker);
  const readQueues = createQueueReader({ store: fixture.store, broker }, { backlog: {} } as AlertLimits);
  const { name } = toJobQueue('edge');
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ pools: ['edge'] }), new Date());
  await broker.declareJobQueue('edge');
  await fixture.publisher.publish(EXCHANGES.jobs.name, 'edge', {});
  await eventually(async () => (await broker.queueDepth(name)).known === 1);
  const begun = Date.now();
  const look = async (seconds: number) => {
    const now = new Date(begun + seconds * 1_000);
    await checkOnce(now);
    const [reading] = (await readQueues([name], now)).filter(({ subject }) => subject === name);
    return [(await read('queue_messages', 'queue'))[name], reading?.value];
  };
  expect(await look(0)).toEqual([1, 1]);
  proxy.hideDepths();
  for (const seconds of [1, 3, 5]) expect(await look(seconds)).toEqual([1, 1]);
  expect((await read('queue_nonempty_seconds', 'queue'))[name]).toBe(5);
  await broker.stop();
  await proxy.close();
});

it('shows the pools that nodes serve, the largest first, and no pool that only a client names', async () => {
  const { checkOnce, read } = open(60_000);
  const named = Array.from({ length: 150 }, (_, n) => `a${String(n).padStart(3, '0')}`);
  for (const pool of named.slice(0, 3)) await fixture.createTask('127.0.0.0/30', { pool });
  for (const node_id of ['z1', 'z2', 'z3'])
    await fixture.store.nodes.recordHeartbeat(toHeartbeat({ node_id, pools: ['default'] }), new Date());
  for (const part of [0, 1, 2]) {
    const pools = named.slice(part * 50, part * 50 + 50);
    await fixture.store.nodes.recordHeartbeat(toHeartbeat({ node_id: `many-${part}`, pools }), new Date());
  }
  await checkOnce(new Date());
  const shown = Object.keys(await read('pool_slots', 'pool'));
  expect(shown).toHaveLength(100);
  expect(shown[0]).toBe('default');
  expect(Object.keys(await read('queue_messages', 'queue'))).toContain(jobs);
});

it('shows nothing when its figures are too old: another replica leads', async () => {
  const { checkOnce, read } = open(1);
  await checkOnce(new Date());
  await eventually(async () => {
    expect(await read('tasks', 'status')).toEqual({});
    expect(await read('task_failure_ratio')).toEqual({});
  });
});

it('keeps the figures of the fleet each ten seconds and of its nodes each minute, whichever replica reads them', async () => {
  const { nodes, nodeSamples, queues } = fixture.store;
  const show = jest.fn();
  const deps = { ...fixture, show };
  const [one, other] = [createFleetSweep(deps), createFleetSweep(deps)];
  const start = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const after = (ms: number) => new Date(start.getTime() + ms);
  await nodes.recordHeartbeat(toHeartbeat({ node_id: 'node-1', capacity: 8 }), after(500));
  const depths = new Map([
    ['cs.jobs.deep', 3],
    ['cs.jobs.empty', 0],
  ]);
  await queues.noteDepths(depths, after(500), 15_000);
  expect((await one(after(1_000)))['nodes']).toBeGreaterThan(0);
  expect(await one(after(9_000))).toEqual({ samples: 0, nodes: 0 });
  expect(show).toHaveBeenCalledTimes(2);
  await other(after(9_500));
  expect(await one(after(10_000))).toEqual({ samples: 1, nodes: 0 });
  // Silent since then: it has no sample of the next minute.
  expect(await one(after(60_000))).toMatchObject({ samples: 1 });
  const { cpu_usage, memory_usage } = toHeartbeat({}).system_info;
  expect(await nodeSamples.find('node-1', after(61_000))).toEqual([
    { timestamp: after(1_000), slots: { used: 0, total: 8 }, cpu_usage, memory_usage },
  ]);
  expect(await nodeSamples.find('node-1', after(3_600_000))).toEqual([]);
  const samples = await fixture.store.samples.find(60, after(61_000));
  expect(samples.map(({ timestamp }) => timestamp)).toEqual([after(1_000), after(10_000), after(60_000)]);
  const { progress, tasks } = await fixture.store.statistics.getFleetStatistics();
  expect(samples[0]).toMatchObject({ subtasks: toBuckets(progress), tasks: { running: tasks.RUNNING } });
  const sampled = samples[0]!.queues!.filter(({ queue }) => depths.has(queue));
  expect(sampled).toEqual([{ queue: 'cs.jobs.deep', messages: 3 }]);
  // Nobody has read the queues for minutes.
  await one(after(600_000));
  expect((await fixture.store.samples.find(5, after(600_000))).map((sample) => 'queues' in sample)).toEqual([false]);
});

it('notes for the API how much goes through each queue, for as long as it is true', async () => {
  const { queueRates } = fixture.store;
  const rates = { in_per_second: 12.5, out_per_second: 11 };
  const queue = { members: [], online: [], leader: undefined };
  const queues = [
    { ...queue, name: 'cs.jobs.busy', rates },
    { ...queue, name: 'cs.jobs.new' },
  ];
  const read = async () => ({ queues, nodes: [], wanted: 1 });
  const show = jest.fn();
  const now = new Date();
  await createReplicaSweep({ store: fixture.store, readReplicas: read, show, keepMs: 30_000 })(now);
  expect(show).toHaveBeenCalledTimes(1);
  const find = (ms: number) =>
    queueRates.find(
      queues.map(({ name }) => name),
      new Date(now.getTime() + ms),
    );
  expect(await find(29_999)).toEqual(new Map([['cs.jobs.busy', rates]]));
  expect(await find(30_000)).toEqual(new Map());
});
