import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Diagnosis } from '@cyberstroll/runtime';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { inspectBroker } from '../src';
import { declareQueue } from '../src/topology/topology';
import { declareTopology } from './setup';

let testbed: Testbed;
let model: ChannelModel;
let channel: Channel;
beforeEach(async () => {
  testbed = await createTestbed();
  model = await connect(testbed.rabbitmq_url);
  channel = await model.createChannel();
  await declareTopology(channel);
  await declareQueue(channel, toJobQueue('default'));
  await channel.consume(toJobQueue('default').name, () => undefined);
});
afterEach(async () => {
  await model.close();
  await testbed.cleanup();
});

const inspect = (managementUrl: string | undefined = testbed.rabbitmq_management_url) =>
  inspectBroker({ url: testbed.rabbitmq_url, managementUrl, timeoutMs: 60_000 });
const findNotOk = (diagnoses: readonly Diagnosis[]) =>
  diagnoses
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ check, verdict, found }) => [check, verdict, found] as const);

it('finds nothing wrong with what was declared, and lists every check', async () => {
  const diagnoses = await inspect();
  expect(findNotOk(diagnoses)).toEqual([]);
  expect(diagnoses.map(({ check }) => check)).toEqual([
    'rabbitmq',
    'rabbitmq version',
    'rabbitmq exchanges',
    'rabbitmq queues',
    'rabbitmq arguments and bindings',
    'rabbitmq replicas',
    'rabbitmq pools',
    'rabbitmq alarms',
  ]);
});

it('finds an exchange that is missing and one of another type, and makes none', async () => {
  await channel.deleteExchange(EXCHANGES.control.name);
  await channel.deleteExchange(EXCHANGES.events.name);
  await channel.assertExchange(EXCHANGES.events.name, 'direct', { durable: false });
  for (const _ of ['once', 'and again']) {
    expect(findNotOk(await inspect())).toEqual([
      ['rabbitmq exchange cs.control', 'fail', expect.stringContaining('NOT_FOUND')],
      ['rabbitmq exchange cs.events', 'fail', 'not durable, type direct instead of topic'],
    ]);
  }
});

it('finds queues that are missing, have other arguments, or are not bound', async () => {
  const jobs = toJobQueue('default');
  await channel.deleteQueue(QUEUES.deadLetters.name);
  await channel.deleteQueue(QUEUES.heartbeats.name);
  await declareQueue(channel, { ...QUEUES.heartbeats, arguments: { 'x-message-ttl': 15_000 } });
  await channel.unbindQueue(jobs.name, EXCHANGES.jobs.name, jobs.routingKey);
  const updates = QUEUES.stateUpdates;
  await channel.unbindQueue(updates.name, EXCHANGES.serviceUpdates.name, updates.routingKey);
  expect(findNotOk(await inspect())).toEqual([
    ['rabbitmq queue cs.dead-letters', 'fail', expect.stringContaining('NOT_FOUND')],
    [
      'rabbitmq queue cs.heartbeats.nodes',
      'fail',
      'x-queue-type is not set instead of quorum, x-delivery-limit is not set instead of 20, x-max-length is not set instead of 100000, x-overflow is not set instead of drop-head',
    ],
    ['rabbitmq queue cs.updates', 'fail', 'not bound to cs.service-updates by "updates"'],
    ['rabbitmq queue cs.jobs.default', 'fail', 'not bound to cs.jobs by "default"'],
  ]);
});

it('finds messages that no consumer takes', async () => {
  const confirming = await model.createConfirmChannel();
  confirming.sendToQueue(QUEUES.stateUpdates.name, Buffer.from('{}'));
  await confirming.waitForConfirms();
  const diagnoses = await inspect();
  expect(findNotOk(diagnoses)).toEqual([
    ['rabbitmq queue cs.updates', 'warn', '1 messages wait and nobody consumes them'],
  ]);
  expect(diagnoses.find(({ verdict }) => verdict === 'warn')!.remedy).toBe('start a state-updater');
});

it('finds the queue of a pool that no node consumes from, and how to delete it', async () => {
  await declareQueue(channel, toJobQueue('gone'));
  const diagnoses = await inspect();
  expect(findNotOk(diagnoses)).toEqual([
    ['rabbitmq queue cs.jobs.gone', 'warn', 'no node consumes from it; 0 messages wait'],
  ]);
  expect(diagnoses.find(({ verdict }) => verdict === 'warn')!.remedy).toBe(
    `start a node of the pool gone; if the pool is gone for good: rabbitmqctl delete_queue --vhost '${testbed.vhost}' cs.jobs.gone`,
  );
});

it('tries each host of both URLs, and names those that do not answer', async () => {
  const among = (url: string) => url.replace(/@([^/]+)/, '@127.0.0.1:1,$1');
  const diagnoses = await inspectBroker({
    url: among(testbed.rabbitmq_url),
    managementUrl: among(testbed.rabbitmq_management_url),
    timeoutMs: 60_000,
  });
  expect(diagnoses[0]).toEqual({ check: 'rabbitmq', verdict: 'ok', found: '1 of 2 hosts can be reached' });
  expect(findNotOk(diagnoses)).toEqual([
    ['rabbitmq host 127.0.0.1:1', 'warn', expect.stringContaining('ECONNREFUSED')],
  ]);
});

it('names the checks that it could not make', async () => {
  const unseen = findNotOk(await inspectBroker({ url: testbed.rabbitmq_url, timeoutMs: 60_000 }));
  expect(unseen).toEqual([
    ['rabbitmq arguments, bindings and replicas', 'warn', expect.stringContaining('not checked')],
  ]);
  const refused = findNotOk(await inspect(testbed.rabbitmq_management_url.replace(/:[^:@/]+@/, ':wrong@')));
  expect(refused).toEqual([['rabbitmq arguments, bindings and replicas', 'fail', expect.stringContaining('401')]]);
  const [diagnosis, ...rest] = await inspectBroker({ url: 'amqp://127.0.0.1:1' });
  expect([diagnosis!.verdict, diagnosis!.found, rest]).toEqual(['fail', expect.stringContaining('ECONNREFUSED'), []]);
});
