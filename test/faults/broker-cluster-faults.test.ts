/**
 * Three nodes of RabbitMQ with the configuration that is delivered: what the doctor and the metrics say of the queues'
 * members, and then what becomes of the system when a node dies.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeadLetterSummary, type Page, QUEUES } from '@cyberstroll/contracts';
import { type ClusterNode, type RabbitmqCluster, rabbitmqCluster } from '@cyberstroll/local';
import { type Broker, createBroker, createReplicaReader, inspectBroker } from '@cyberstroll/messaging';
import { createMetrics, type Diagnosis } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { createReplicaGauges } from '../../services/heartbeat-monitor/src/metrics/gauges';
import { assertConsistent, waitUntilSettled } from '../e2e/assert-consistent';
import { type ServiceName, startTestStack, type TestStack } from '../e2e/test-stack';
import { MOST_MS } from './rig/rig';

const NODES = ['node-1', 'node-2', 'node-3'];
/** How long a node may be silent: it has to find another node of the broker, and the broker another leader. */
const SILENT_MS = '60000';

/** What a machine without secrets and with little memory cannot take is left out. */
const settings = readFileSync(join(__dirname, '../../deploy/rabbitmq/rabbitmq.conf'), 'utf8')
  .split('\n')
  .filter((line) => !/^(load_definitions|disk_free_limit|vm_memory_high_watermark)\b/.test(line));
const updates = QUEUES.stateUpdates.name;

/** On a busy machine a node, or one of RabbitMQ's commands, needs a minute to start. */
const WITHIN = { timeoutMs: 180_000 };

let cluster: RabbitmqCluster;
let system: TestStack | undefined;

beforeAll(async () => {
  cluster = await rabbitmqCluster(3, { running: 1, settings });
}, MOST_MS);

afterAll(async () => {
  await system?.stop();
  await cluster?.cleanup();
}, MOST_MS);

describe('the members of queues', () => {
  let broker: Broker;
  beforeAll(async () => {
    // As a service does: it starts as soon as one of its hosts answers.
    broker = createBroker({ url: cluster.url, name: 'test', logger: testLogger });
    await broker.start();
  });
  afterAll(() => broker?.stop());

  const inspect = () => inspectBroker({ url: cluster.url, managementUrl: cluster.management_url });
  const isOfReplicas = ({ check }: Diagnosis) => check.startsWith('rabbitmq replicas');

  async function readGauges() {
    const registry = createMetrics('test');
    const show = createReplicaGauges({ registry, intervalMs: 60_000 });
    show(await createReplicaReader({ url: cluster.url, managementUrl: cluster.management_url })());
    const text = await registry.metrics();
    const one = (name: string) => Number(new RegExp(`^cyberstroll_${name}{[^}]*} (\\d+)$`, 'm').exec(text)?.[1]);
    const of = (name: string) => one(`${name}(?={queue="${updates.replaceAll('.', '\\.')}")`);
    return {
      members: of('queue_members'),
      online: of('queue_members_online'),
      wanted: one('queue_members_wanted'),
      leaders: [...text.matchAll(/^cyberstroll_queue_leader\{.*broker_node="([^"]+)".*\} 1$/gm)].map(
        ([, node]) => node!,
      ),
    };
  }

  const expectGauges = (gauges: object) =>
    eventually(async () => expect(await readGauges()).toMatchObject(gauges), WITHIN);

  it('finds queues that were declared before the other nodes joined, and its commands mend them', async () => {
    const [first, second, third] = cluster.nodes;
    expect((await inspect()).filter(isOfReplicas)).toEqual([
      expect.objectContaining({ verdict: 'ok', found: expect.stringContaining('1 of 1 member online') }),
    ]);
    await second!.start();
    await third!.start();
    // What the management API says of others is seconds old.
    const faults = await eventually(async () => {
      const found = (await inspect()).filter(isOfReplicas);
      expect(found.map(({ verdict }) => verdict)).toEqual(found.map(() => 'fail'));
      expect(found.find(({ check }) => check.endsWith(` of ${updates}`))!.found).toBe(
        `1 of 1 member online, leader ${first!.node_name}; 3 are wanted`,
      );
      return found;
    }, WITHIN);
    await expectGauges({ members: 1, online: 1, wanted: 3 });

    const commands = new Set(faults.flatMap(({ remedy }) => remedy!.split('; ')));
    expect(commands.size).toBe(2);
    for (const command of commands) {
      const [tool, ...args] = command.split(' ').map((word) => word.replaceAll("'", ''));
      expect(tool).toBe('rabbitmq-queues');
      await first!.control(args, 'rabbitmq-queues');
    }
    await eventually(
      async () => expect((await inspect()).filter(isOfReplicas)).toMatchObject([{ verdict: 'ok' }]),
      WITHIN,
    );
    await expectGauges({ members: 3, online: 3, wanted: 3 });
  });

  it('spreads leaders over the nodes', async () => {
    for (const pool of ['a', 'b', 'c']) await broker.declareJobQueue(pool);
    await eventually(async () => expect(new Set((await readGauges()).leaders).size).toBe(3), WITHIN);
  });

  it('warns of a node that is away: as a host of the URL, and as a member of each queue', async () => {
    const lost = cluster.nodes[2]!;
    await lost.kill();
    const found = await eventually(async () => {
      const diagnoses = await inspect();
      const ofUpdates = diagnoses.find(({ check }) => check === `rabbitmq replicas of ${updates}`);
      expect(ofUpdates?.found).toContain(`2 of 3 members online (${lost.node_name} not), leader rabbit-`);
      return { ofUpdates, hosts: diagnoses.filter(({ check }) => check.startsWith('rabbitmq host')) };
    }, WITHIN);
    expect(found.ofUpdates).toMatchObject({
      verdict: 'warn',
      remedy: expect.stringContaining(`start ${lost.node_name}`),
    });
    expect(found.hosts).toMatchObject([{ check: `rabbitmq host ${new URL(lost.url).host}`, verdict: 'warn' }]);
    await expectGauges({ members: 3, online: 2, wanted: 3 });
  });
});

/** On the cluster, once it is whole. */
async function startSystem(): Promise<TestStack> {
  for (const node of cluster.nodes) if (node.pid === undefined) await node.start();
  await cluster.whenSafeToStop();
  const [first, ...others] = cluster.urls;
  const node = {
    SCANNER: 'noop',
    SCAN_MS: '200',
    CAPACITY: '32',
    HEARTBEAT_INTERVAL_MS: '1000',
    LEASE_MS: SILENT_MS,
  };
  return startTestStack({
    ownEngines: true,
    environment: {
      RABBITMQ_URL: [first, ...others.map((url) => new URL(url).host)].join(','),
      RABBITMQ_MANAGEMENT_URL: cluster.nodes[0]!.management_url,
    },
    serviceEnvironment: { 'heartbeat-monitor': { HEARTBEAT_TIMEOUT_MS: SILENT_MS } },
    nodes: Object.fromEntries(NODES.map((name) => [name, node])),
    timing: { baseMs: 300, capMs: 1_000 },
  });
}

/** Kills one process of each service, and waits until those in their places are ready. */
async function startAgain({ find }: TestStack, names: readonly ServiceName[]): Promise<void> {
  const services = names.flatMap(find);
  const pids = services.map(({ identity }) => identity!.pid);
  await Promise.all(services.map((service) => service.kill()));
  for (const [i, service] of services.entries()) {
    await eventually(() => service.identity !== undefined && service.identity.pid !== pids[i]);
    await service.waitUntilReady(180_000);
  }
}

/** A heartbeat of every scanner node has been read since then. */
const everyNodeIsHeard = ({ api }: TestStack, since: number) =>
  eventually(
    async () => {
      const heard = (await api.findNodes()).map(({ node_id, status, last_seen }) => {
        return { node_id, status, isHeard: Date.parse(String(last_seen)) > since };
      });
      expect(heard).toEqual(NODES.map((node_id) => ({ node_id, status: 'online', isHeard: true })));
    },
    { timeoutMs: 180_000, intervalMs: 200 },
  );

/**
 * `BROKER_CLUSTER=each` is the long form: every node dies, not the leader's alone, and afterwards each is
 * restarted in turn.
 */
const IS_LONG = process.env['BROKER_CLUSTER'] === 'each';
/**
 * While a broker node is dead, these are started again: all of them in the short form, some at each death in the
 * long one.
 */
const STARTED_AGAIN: readonly ServiceName[][] = [
  ['heartbeat-monitor', 'task-api'],
  ['dispatcher', 'state-updater'],
  ['retry-scheduler', 'progress-pusher'],
];

it(
  'F33: a broker node dies under load: services start without it, no scanner node is lost, and every target counts once',
  async () => {
    system = await startSystem();
    const { api } = system;
    const home = await cluster.leaderOf(QUEUES.heartbeats.name);
    const inTurn: ClusterNode[] = [home, ...cluster.nodes.filter((node) => node !== home)];
    const dying = IS_LONG ? inTurn : [home];
    const tasks: string[] = [];
    const begin = async (task_target: string) => {
      const { task_id } = await api.createTask({ task_target });
      tasks.push(task_id);
      return task_id;
    };

    for (const [i, node] of dying.entries()) {
      const before = await begin(`127.${90 + i}.0.0-127.${90 + i}.3.231`);
      await eventually(async () => expect((await api.getTask(before)).status).toBe('RUNNING'));
      const diedAt = Date.now();
      await node.kill();
      await startAgain(system, IS_LONG ? STARTED_AGAIN[i]! : STARTED_AGAIN.flat());
      await everyNodeIsHeard(system, diedAt);
      await waitUntilSettled(api, before, 300_000);
      await waitUntilSettled(api, await begin(`127.${90 + i}.4.0-127.${90 + i}.4.255`), 300_000);
      await node.start();
      await cluster.whenSafeToStop();
    }

    if (IS_LONG) {
      const upgraded = await begin('127.93.0.0-127.93.15.159');
      for (const node of inTurn) {
        await node.stop();
        await node.start();
        await cluster.whenSafeToStop();
      }
      await waitUntilSettled(api, upgraded, 300_000);
    }

    for (const taskId of tasks) {
      const { task, subTasks } = await assertConsistent(api, taskId);
      expect(task).toMatchObject({ status: 'COMPLETED', progress: { completed_count: subTasks.length } });
      expect(
        subTasks.filter(({ node_losses, retry_count, attempt }) => node_losses + retry_count > 0 || attempt > 1),
      ).toEqual([]);
    }
    expect((await api.get<Page<DeadLetterSummary>>('/api/dead-letters')).items).toEqual([]);
  },
  MOST_MS,
);
