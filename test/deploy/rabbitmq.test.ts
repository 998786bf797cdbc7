import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { createBroker } from '@cyberstroll/messaging';
import { createLogger } from '@cyberstroll/runtime';
import { createScannerNode } from '@cyberstroll/scanner-sdk';
import { parseScope } from '@cyberstroll/targets';
import {
  callManagement,
  createJob,
  createNodePeer,
  createTestbed,
  deleteVhost,
  eventually,
  type Testbed,
} from '@cyberstroll/testkit';
import { type ChannelModel, connect } from 'amqplib';

/**
 * The definitions as make-secrets.mjs writes them, users and vhost renamed so that they can be put into a broker of
 * others.
 */
interface Definitions {
  vhosts: { name: string }[];
  users: { name: string }[];
  permissions: { user: string; vhost: string }[];
  topic_permissions: { user: string; vhost: string }[];
}

const root = join(__dirname, '../..');
const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
let dir: string;
let testbed: Testbed;
let urlOf: (role: string) => string;
let deleteUsers: () => Promise<void>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cyberstroll-secrets-'));
  const secrets = join(dir, 'secrets');
  execFileSync(process.execPath, [join(root, 'deploy/docker/make-secrets.mjs'), secrets]);
  const read = (name: string) => readFileSync(join(secrets, name), 'utf8').trim();
  const definitions = JSON.parse(read('rabbitmq-definitions.json')) as Definitions;
  testbed = await createTestbed();
  const { rabbitmq_management_url: api, vhost } = testbed;
  const named = (role: string) => `${vhost}-${role}`;
  const ofTestbed = <T extends { user: string }>(one: T) => ({ ...one, user: named(one.user), vhost });
  // The definitions declare it again: they say more of it than its name.
  await deleteVhost(api, vhost);
  await callManagement(api, 'POST', '/api/definitions', {
    vhosts: definitions.vhosts.map((each) => ({ ...each, name: vhost })),
    users: definitions.users.map((user) => ({ ...user, name: named(user.name) })),
    permissions: definitions.permissions.map(ofTestbed),
    topic_permissions: definitions.topic_permissions.map(ofTestbed),
  });
  urlOf = (role) => {
    const url = new URL(testbed.rabbitmq_url);
    const secret = new URL(read(role === 'node' ? 'rabbitmq-node-url' : 'rabbitmq-url'));
    expect([secret.username, secret.pathname]).toEqual([role, `/${definitions.vhosts[0]!.name}`]);
    url.username = named(role);
    url.password = secret.password;
    return url.href;
  };
  deleteUsers = async () => {
    for (const { name } of definitions.users) await callManagement(api, 'DELETE', `/api/users/${named(name)}`);
  };
});

afterAll(async () => {
  await deleteUsers?.();
  await testbed?.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

it('lets a node of least rights wait for a service to declare, then take jobs, report, beat, and put what is no job aside', async () => {
  const logged: unknown[] = [];
  const nodeLogger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  nodeLogger.warn = ((facts: { err?: unknown }) => void logged.push(String(facts.err))) as typeof nodeLogger.warn;
  const node = createScannerNode({
    rabbitmqUrl: urlOf('node'),
    declares: false,
    nodeId: 'node-7',
    capacity: 1,
    scope: parseScope('127.0.0.0/8'),
    scan: () => Promise.resolve({ open_ports: [], services: [], response_time: 0 }),
    heartbeatIntervalMs: 100,
    logger: nodeLogger,
  });
  const starting = node.start();
  await eventually(() => expect(logged).toContainEqual(expect.stringContaining('NOT_FOUND')));
  const peer = await createNodePeer({ ...testbed, rabbitmq_url: urlOf('service') });
  try {
    await starting;
    const job = createJob(2);
    await peer.sendJob(job);
    await peer.sendJob({ task_id: 'no job' });
    await eventually(() => {
      for (const { subtask_id } of job.subtasks) expect(peer.statusesOf(subtask_id)).toContain('COMPLETED');
      expect(peer.heartbeats).not.toEqual([]);
      expect(peer.deadLetters).toHaveLength(1);
    });
  } finally {
    await node.stop();
    await peer.stop();
  }
});

it('makes a vhost whose queues are quorum queues where they name no type', async () => {
  const { rabbitmq_management_url: api, vhost } = testbed;
  expect(await callManagement(api, 'GET', `/api/vhosts/${vhost}`)).toMatchObject({ default_queue_type: 'quorum' });
});

describe('a node of least rights', () => {
  let node: ChannelModel;
  beforeAll(async () => {
    const service = createBroker({ url: urlOf('service'), name: 'service', logger });
    await service.start();
    await service.stop();
    node = await connect(urlOf('node'));
    node.on('error', () => undefined);
  });
  afterAll(() => node?.close());

  /** What the broker says to it: 403, or nothing at all. */
  async function attempt(
    act: (channel: Awaited<ReturnType<ChannelModel['createConfirmChannel']>>) => Promise<unknown>,
  ) {
    const channel = await node.createConfirmChannel();
    channel.on('error', () => undefined);
    return act(channel).then(
      () => channel.close().then(() => 'allowed'),
      (error: Error) => (/403|ACCESS/.test(error.message) ? 'refused' : error.message),
    );
  }
  const publishTo = (exchange: string, key: string) =>
    attempt(async (channel) => {
      const refused = new Promise((_, reject) => channel.once('error', reject));
      channel.publish(exchange, key, Buffer.from('{}'));
      await Promise.race([channel.waitForConfirms(), refused]);
    });

  it.each([
    [EXCHANGES.state.name, 'updates', 'allowed'],
    [EXCHANGES.heartbeats.name, 'heartbeat', 'allowed'],
    [EXCHANGES.deadLetters.name, 'cs.jobs.default', 'allowed'],
    [EXCHANGES.deadLetters.name, EXCHANGES.control.name, 'allowed'],
    [EXCHANGES.deadLetters.name, QUEUES.stateUpdates.name, 'refused'],
    [EXCHANGES.serviceUpdates.name, 'updates', 'refused'],
    [EXCHANGES.jobs.name, 'default', 'refused'],
    [EXCHANGES.control.name, '', 'refused'],
    [EXCHANGES.events.name, 'task.changed', 'refused'],
    ['', QUEUES.stateUpdates.name, 'refused'],
  ])('publishing to "%s" as "%s" is %s', async (exchange, key, verdict) => {
    expect(await publishTo(exchange, key)).toBe(verdict);
  });

  it.each(Object.values(QUEUES).map(({ name }) => name))('may not read or empty %s', async (queue) => {
    expect(await attempt((channel) => channel.get(queue))).toBe('refused');
    expect(await attempt((channel) => channel.purgeQueue(queue))).toBe('refused');
    expect(await attempt((channel) => channel.deleteQueue(queue))).toBe('refused');
  });
});
