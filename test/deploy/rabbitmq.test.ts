import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DeadLetter, EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
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
  toHeartbeat,
} from '@cyberstroll/testkit';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { createService as createDispatcher } from '../../services/dispatcher/test/create-service';
import { createService as createMonitor } from '../../services/heartbeat-monitor/test/create-service';
import { createService as createUpdater } from '../../services/state-updater/test/create-service';

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
let named: (user: string) => string;
let urlOf: (user: string) => string;
let deleteUsers: () => Promise<void>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cyberstroll-secrets-'));
  const secrets = join(dir, 'secrets');
  execFileSync(process.execPath, [join(root, 'deploy/docker/make-secrets.mjs'), secrets]);
  const read = (name: string) => readFileSync(join(secrets, name), 'utf8').trim();
  const definitions = JSON.parse(read('rabbitmq-definitions.json')) as Definitions;
  testbed = await createTestbed();
  const { rabbitmq_management_url: api, vhost } = testbed;
  named = (user) => `${vhost}-${user}`;
  const ofTestbed = <T extends { user: string }>(one: T) => ({ ...one, user: named(one.user), vhost });
  // The definitions declare it again: they say more of it than its name.
  await deleteVhost(api, vhost);
  await callManagement(api, 'POST', '/api/definitions', {
    vhosts: definitions.vhosts.map((each) => ({ ...each, name: vhost })),
    users: definitions.users.map((user) => ({ ...user, name: named(user.name) })),
    permissions: definitions.permissions.map(ofTestbed),
    topic_permissions: definitions.topic_permissions.map(ofTestbed),
  });
  const makeEdge = () => makeNodeUser('--user', named('edge'), '--pool', 'edge');
  await makeEdge();
  const passwordOf = (user: string) => {
    if (user === 'edge') return readFileSync(join(dir, 'password'), 'utf8').trim();
    const url = new URL(read(user === 'node' ? 'rabbitmq-node-url' : 'rabbitmq-url'));
    expect([url.username, url.pathname]).toEqual([user, `/${definitions.vhosts[0]!.name}`]);
    return url.password;
  };
  urlOf = (user) => {
    const url = new URL(testbed.rabbitmq_url);
    url.username = named(user);
    url.password = passwordOf(user);
    return url.href;
  };
  // Once more changes nothing: the password is in use below.
  await makeEdge();
  deleteUsers = async () => {
    for (const name of [...definitions.users.map((user) => user.name), 'edge']) {
      await callManagement(api, 'DELETE', `/api/users/${named(name)}`);
    }
  };
});

afterAll(async () => {
  await deleteUsers?.();
  await testbed?.cleanup();
  rmSync(dir, { recursive: true, force: true });
});

/** What it prints, by RabbitMQ's management API or, without it, as definitions. */
async function makeNodeUser(...args: string[]): Promise<string> {
  const script = join(root, 'deploy/rabbitmq/make-node-user.mjs');
  const file = ['--vhost', testbed.vhost, '--password-file', join(dir, 'password')];
  const env = { ...process.env, RABBITMQ_MANAGEMENT_URL: testbed.rabbitmq_management_url };
  return (await promisify(execFile)(process.execPath, [script, ...file, ...args], { env })).stdout;
}

it('lets a node of least rights wait for a service to declare, then take jobs, report, send heartbeats, and put what is no job aside', async () => {
  const logged: unknown[] = [];
  const nodeLogger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  nodeLogger.warn = ((facts: { err?: unknown }) => void logged.push(String(facts.err))) as typeof nodeLogger.warn;
  const node = createScannerNode({
    rabbitmqUrl: urlOf('node'),
    nodeId: `${named('node')}.1`,
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

it.each([
  ['no pool', []],
  ['a pool that is a pattern', ['--pool', '.*']],
  ['the user of services', ['--pool', 'edge', '--user', 'service']],
  ['a user with a dot, which another user could speak for', ['--pool', 'edge', '--user', 'node-edge.1']],
])('make-node-user refuses %s', async (_name, args) => {
  await expect(makeNodeUser(...args)).rejects.toMatchObject({ code: 1, stdout: '' });
});

it('make-node-user names the vhosts that there are, and makes no user, where its vhost is missing', async () => {
  const user = named('nowhere');
  const refused = await makeNodeUser('--pool', 'edge', '--user', user, '--vhost', 'nowhere').catch((error) => error);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/has no vhost nowhere: give --vhost, one of /),
  });
  expect(refused.stderr).toContain(testbed.vhost);
  const users = (await callManagement(testbed.rabbitmq_management_url, 'GET', '/api/users')) as { name: string }[];
  expect(users.map(({ name }) => name)).not.toContain(user);
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
    for (const pool of ['default', 'edge']) await service.declareJobQueue(pool);
    await service.stop();
    node = await connect(urlOf('node'));
    node.on('error', () => undefined);
  });
  afterAll(() => node?.close());

  /** What the broker says to it: 403, 406 for the name of another user, or nothing at all. */
  async function attempt(act: (channel: ConfirmChannel) => Promise<unknown>) {
    const channel = await node.createConfirmChannel();
    channel.on('error', () => undefined);
    return act(channel).then(
      () => channel.close().then(() => 'allowed'),
      (error: Error) => (/403|ACCESS|user_id/.test(error.message) ? 'refused' : error.message),
    );
  }
  const publish = async (channel: ConfirmChannel, exchange: string, key: string, userId?: string) => {
    const refused = new Promise((_, reject) => channel.once('error', reject));
    channel.publish(exchange, key, Buffer.from('{}'), { userId });
    await Promise.race([channel.waitForConfirms(), refused]);
  };

  it.each([
    [EXCHANGES.state.name, 'updates', 'allowed'],
    [EXCHANGES.heartbeats.name, 'heartbeat', 'allowed'],
    [EXCHANGES.deadLetters.name, 'cs.jobs.default', 'allowed'],
    [EXCHANGES.deadLetters.name, EXCHANGES.control.name, 'allowed'],
    [EXCHANGES.deadLetters.name, 'cs.jobs.edge', 'refused'],
    [EXCHANGES.deadLetters.name, QUEUES.stateUpdates.name, 'refused'],
    [EXCHANGES.serviceUpdates.name, 'updates', 'refused'],
    [EXCHANGES.jobs.name, 'default', 'refused'],
    [EXCHANGES.control.name, '', 'refused'],
    [EXCHANGES.events.name, 'task.changed', 'refused'],
    ['', QUEUES.stateUpdates.name, 'refused'],
  ])('publishing to "%s" as "%s" is %s', async (exchange, key, verdict) => {
    expect(await attempt((channel) => publish(channel, exchange, key))).toBe(verdict);
  });

  it('names no other user as the sender of a message', async () => {
    const verdictOf = (user: string) =>
      attempt((channel) => publish(channel, EXCHANGES.heartbeats.name, 'heartbeat', named(user)));
    expect([await verdictOf('node'), await verdictOf('edge'), await verdictOf('service')]).toEqual([
      'allowed',
      'refused',
      'refused',
    ]);
  });

  it.each([...Object.values(QUEUES), toJobQueue('edge')].map(({ name }) => name))(
    'may not read, empty or delete %s',
    async (queue) => {
      expect(await attempt((channel) => channel.get(queue))).toBe('refused');
      expect(await attempt((channel) => channel.consume(queue, () => undefined))).toBe('refused');
      expect(await attempt((channel) => channel.purgeQueue(queue))).toBe('refused');
      expect(await attempt((channel) => channel.deleteQueue(queue))).toBe('refused');
    },
  );

  const { name: own, arguments: args } = toJobQueue('default');
  const toListen = (exchange: string, key: string) => async (channel: Channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, key);
  };
  it.each<[string, string, (channel: Channel) => Promise<unknown>]>([
    ['consume the queue of its pool', 'allowed', (channel) => channel.consume(own, () => undefined)],
    ['ask for the queue of its pool', 'allowed', (channel) => channel.checkQueue(own)],
    ['listen to control', 'allowed', toListen(EXCHANGES.control.name, '')],
    ['declare the queue of its pool', 'refused', (channel) => channel.assertQueue(own, { arguments: args })],
    ['declare the queue of a new pool', 'refused', (channel) => channel.assertQueue('cs.jobs.new')],
    ['declare any queue', 'refused', (channel) => channel.assertQueue('mine')],
    ['declare an exchange', 'refused', (channel) => channel.assertExchange('cs.mine', 'direct')],
    ['delete an exchange', 'refused', (channel) => channel.deleteExchange(EXCHANGES.state.name)],
    ['delete the queue of its pool', 'refused', (channel) => channel.deleteQueue(own)],
    [
      'bind the queue of its pool to jobs of another',
      'refused',
      (channel) => channel.bindQueue(own, 'cs.jobs', 'edge'),
    ],
    ['unbind the queue of its pool', 'refused', (channel) => channel.unbindQueue(own, 'cs.jobs', 'default')],
    ['get a copy of the jobs of another pool', 'refused', toListen(EXCHANGES.jobs.name, 'edge')],
    ['get a copy of the jobs of its pool', 'refused', toListen(EXCHANGES.jobs.name, 'default')],
    ['listen to reports', 'refused', toListen(EXCHANGES.state.name, 'updates')],
    ['listen to heartbeats', 'refused', toListen(EXCHANGES.heartbeats.name, 'heartbeat')],
    ['listen to service updates', 'refused', toListen(EXCHANGES.serviceUpdates.name, 'updates')],
    ['listen to events', 'refused', toListen(EXCHANGES.events.name, '#')],
    ['listen to dead letters', 'refused', toListen(EXCHANGES.deadLetters.name, '#')],
  ])('to %s is %s', async (_name, verdict, act) => {
    expect(await attempt(act)).toBe(verdict);
  });
});

describe('services that check the users of nodes', () => {
  let service: ChannelModel;
  /** What nodes sent, and the user that RabbitMQ has checked. */
  const sent: { node_id: string; user: unknown; statuses: string[] }[] = [];
  const deadLetters: DeadLetter[] = [];
  beforeAll(async () => {
    service = await connect(urlOf('service'));
    const channel = await service.createChannel();
    // Its nodes wait for it.
    await channel.deleteQueue(toJobQueue('edge').name);
    const variables = { RABBITMQ_URL: urlOf('service'), CHECK_NODE_USERS: 'yes' };
    // Without a dispatcher nodes begin nothing.
    for (const create of [createMonitor, createUpdater, createDispatcher])
      await testbed.start(create(testbed, variables));
    const listen = async (exchange: string, key: string, take: (body: never, user: unknown) => void) => {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.bindQueue(queue, exchange, key);
      await channel.consume(queue, (message) => {
        if (message) take(JSON.parse(message.content.toString()) as never, message.properties.userId);
      });
    };
    const take = (body: { node_id: string; updates?: { status: string }[] }, user: unknown) =>
      void sent.push({ node_id: body.node_id, user, statuses: (body.updates ?? []).map(({ status }) => status) });
    await listen(EXCHANGES.state.name, 'updates', take);
    await listen(EXCHANGES.heartbeats.name, 'heartbeat', take);
    await listen(EXCHANGES.deadLetters.name, '#', (body: DeadLetter) => void deadLetters.push(body));
  });
  afterAll(() => service?.close());

  const sendJob = async (pool: string) => {
    const channel = await service.createConfirmChannel();
    channel.publish(EXCHANGES.jobs.name, pool, Buffer.from(JSON.stringify(createJob(2))), { persistent: true });
    await channel.waitForConfirms();
  };

  it.each([
    ['TypeScript', process.execPath, [join(root, 'services/scanner-node/dist/bundle.js')]],
    [
      'Python',
      join(root, '.local/python-node/bin/python'),
      [join(root, 'packages/nodes/examples/python-node/node.py')],
    ],
    ['Go', join(root, '.local/go-node'), []],
  ])(
    'a node in %s of the pool’s user gets its queue made, takes jobs, and names its user in all that it sends',
    async (language, program, args) => {
      const user = named('edge');
      const nodeId = `${user}.${language}`;
      const env = {
        ...process.env,
        RABBITMQ_URL: urlOf('edge'),
        NODE_ID: nodeId,
        POOLS: 'edge',
        HTTP_PORT: '0',
        LOG_LEVEL: 'silent',
      };
      const node = spawn(program, args, { env, stdio: 'ignore' });
      const ended = new Promise((resolve) => node.once('exit', resolve));
      try {
        const mine = () => sent.filter(({ node_id }) => node_id === nodeId);
        await eventually(() => expect(mine()).not.toEqual([]));
        await eventually(async () => {
          const channel = await service.createChannel();
          channel.on('error', () => undefined);
          expect((await channel.checkQueue(toJobQueue('edge').name)).consumerCount).toBe(1);
          await channel.close();
        });
        await sendJob('edge');
        await eventually(() => expect(mine().flatMap(({ statuses }) => statuses)).toContain('COMPLETED'));
        expect(new Set(mine().map((each) => each.user))).toEqual(new Set([user]));
      } finally {
        node.kill();
        await ended;
      }
    },
  );

  it('refuse what a node says in the name of a node of another user, what names no user, and its replay', async () => {
    const edge = await connect(urlOf('edge'));
    const victim = `${named('node')}.1`;
    const heartbeat = toHeartbeat({ node_id: victim, status: 'offline' });
    const envelope = { node_id: victim, sent_time: new Date(0).toISOString(), updates: ['of the victim'] };
    const toBody = (body: object) => Buffer.from(JSON.stringify(body));
    const forged = await edge.createConfirmChannel();
    for (const userId of [named('edge'), undefined]) {
      forged.publish(EXCHANGES.heartbeats.name, 'heartbeat', toBody(heartbeat), { userId });
      forged.publish(EXCHANGES.state.name, 'updates', toBody(envelope), { userId });
    }
    await forged.waitForConfirms();
    await edge.close();
    const replayed = await service.createConfirmChannel();
    for (const user of ['edge', 'node']) {
      const options = { userId: named('service'), headers: { 'x-replayed-user': named(user) } };
      replayed.publish(EXCHANGES.state.name, 'updates', toBody(envelope), options);
    }
    await replayed.waitForConfirms();
    const refusals = await eventually(() => {
      const ofVictim = deadLetters.filter(({ content }) => JSON.stringify(content).includes('victim'));
      const refused = deadLetters.filter(({ reason }) => reason === 'foreign_node_id');
      expect([ofVictim.filter((each) => !refused.includes(each)).length, refused.length]).toEqual([1, 5]);
      return refused.map(({ queue, user_id }) => `${queue} ${user_id}`).sort();
    });
    expect(refusals).toEqual([
      `${QUEUES.heartbeats.name} ${named('edge')}`,
      `${QUEUES.heartbeats.name} undefined`,
      `${QUEUES.stateUpdates.name} ${named('edge')}`,
      `${QUEUES.stateUpdates.name} ${named('service')}`,
      `${QUEUES.stateUpdates.name} undefined`,
    ]);
  });
});
