/**
 * Three nodes of RabbitMQ with the configuration that is delivered: what the doctor and the metrics say of the queues'
 * members.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import { type RabbitmqCluster, rabbitmqCluster } from '@cyberstroll/local';
import { type Broker, createBroker, createReplicaReader, inspectBroker } from '@cyberstroll/messaging';
import { createMetrics, type Diagnosis } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { createReplicaGauges } from '../../services/heartbeat-monitor/src/metrics/gauges';

/** What a machine without secrets and with little memory cannot take is left out. */
const settings = readFileSync(join(__dirname, '../../deploy/rabbitmq/rabbitmq.conf'), 'utf8')
  .split('\n')
  .filter((line) => !/^(load_definitions|disk_free_limit|vm_memory_high_watermark)\b/.test(line));
const updates = QUEUES.stateUpdates.name;

/** On a busy machine a node, or one of RabbitMQ's commands, needs a minute to start. */
const WITHIN = { timeoutMs: 180_000 };

let cluster: RabbitmqCluster;
let broker: Broker;

beforeAll(async () => {
  cluster = await rabbitmqCluster(3, { running: 1, settings });
  // As a service does: it starts as soon as one of its hosts answers.
  broker = createBroker({ url: cluster.url, name: 'test', logger: testLogger });
  await broker.start();
});

afterAll(async () => {
  await broker?.stop();
  await cluster?.cleanup();
});

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
    leaders: [...text.matchAll(/^cyberstroll_queue_leader\{.*broker_node="([^"]+)".*\} 1$/gm)].map(([, node]) => node!),
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
