import { type DeadLetterSummary, type Page, QUEUES } from '@cyberstroll/contracts';
import { type ClusterNode, type RabbitmqCluster, rabbitmqCluster } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { assertConsistent, waitUntilSettled } from '../e2e/assert-consistent';
import { type ServiceName, startTestStack, type TestStack } from '../e2e/test-stack';
import { MOST_MS } from './rig/rig';

const NODES = ['node-1', 'node-2', 'node-3'];
/** How long a node may be silent: it has to find another node of the broker, and the broker another leader. */
const SILENT_MS = '60000';

let cluster: RabbitmqCluster;
let system: TestStack;

beforeAll(async () => {
  cluster = await rabbitmqCluster(3);
  const [first, ...others] = cluster.urls;
  const node = {
    SCANNER: 'noop',
    SCAN_MS: '200',
    CAPACITY: '32',
    HEARTBEAT_INTERVAL_MS: '1000',
    LEASE_MS: SILENT_MS,
  };
  system = await startTestStack({
    ownEngines: true,
    environment: {
      RABBITMQ_URL: [first, ...others.map((url) => new URL(url).host)].join(','),
      RABBITMQ_MANAGEMENT_URL: cluster.nodes[0]!.management_url,
    },
    serviceEnvironment: { 'heartbeat-monitor': { HEARTBEAT_TIMEOUT_MS: SILENT_MS } },
    nodes: Object.fromEntries(NODES.map((name) => [name, node])),
    timing: { baseMs: 300, capMs: 1_000 },
  });
}, MOST_MS);

afterAll(async () => {
  await system?.stop();
  await cluster?.cleanup();
}, MOST_MS);

/** Kills one process of each service, and waits until those in their places are ready. */
async function startAgain(names: readonly ServiceName[]): Promise<void> {
  const services = names.flatMap(system.find);
  const pids = services.map(({ identity }) => identity!.pid);
  await Promise.all(services.map((service) => service.kill()));
  for (const [i, service] of services.entries()) {
    await eventually(() => service.identity !== undefined && service.identity.pid !== pids[i]);
    await service.waitUntilReady(180_000);
  }
}

/** A heartbeat of every scanner node has been read since then. */
const everyNodeIsHeard = (since: number) =>
  eventually(
    async () => {
      const heard = (await system.api.findNodes()).map(({ node_id, status, last_seen }) => {
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
    await cluster.whenSafeToStop();

    for (const [i, node] of dying.entries()) {
      const before = await begin(`127.${90 + i}.0.0-127.${90 + i}.3.231`);
      await eventually(async () => expect((await api.getTask(before)).status).toBe('RUNNING'));
      const diedAt = Date.now();
      await node.kill();
      await startAgain(IS_LONG ? STARTED_AGAIN[i]! : STARTED_AGAIN.flat());
      await everyNodeIsHeard(diedAt);
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
