import {
  callManagement,
  createTcpProxy,
  createTestbed,
  createVhost,
  deleteVhost,
  eventually,
  type TcpProxy,
  type Testbed,
} from '@cyberstroll/testkit';
import { type Broker, createBroker } from '../src';
import { logger } from './setup';

/** Ways to one broker, as the nodes of a cluster are: any can go away while the others stay. */
let testbed: Testbed;
let ways: TcpProxy[];
beforeAll(async () => {
  testbed = await createTestbed();
  ways = await Promise.all([1, 2, 3].map(() => createTcpProxy(testbed.rabbitmq_url)));
});
afterAll(async () => {
  await Promise.all(ways.map((way) => way.close()));
  await testbed.cleanup();
});

const hostOf = ({ url }: TcpProxy) => new URL(url).host;
const toUrl = (hosts: readonly string[]) =>
  testbed.rabbitmq_url.replace(new URL(testbed.rabbitmq_url).host, hosts.join());
const createOne = (hosts: readonly string[]): Broker => createBroker({ url: toUrl(hosts), name: 'test', logger });

it('each connection goes to a host at random, so that clients spread over them', async () => {
  const greetings = ways.map((way) => way.countRequests('AMQP'));
  const brokers = Array.from({ length: 8 }, () => createOne(ways.map(hostOf)));
  await Promise.all(brokers.map((broker) => broker.start()));
  // 16 connections: all of them to one host once in 3^15 runs.
  expect(greetings.filter(({ count }) => count > 0).length).toBeGreaterThan(1);
  await Promise.all(brokers.map((broker) => broker.stop()));
});

it('connects to the next host when one dies, and starts where only the last of them lives', async () => {
  const broker = createOne(ways.map(hostOf));
  await broker.start();
  for (const way of ways.slice(0, 2)) {
    way.cut();
    await eventually(() => broker.queueDepth('cs.updates').then(() => broker.isConnected()));
  }
  const late = createOne(ways.map(hostOf));
  await late.start();
  await Promise.all([broker.stop(), late.stop()]);
  for (const way of ways) way.restore();
});

it('logs in with a user, a password and a vhost of any characters', async () => {
  const api = testbed.rabbitmq_management_url;
  const user = `${testbed.vhost} ü字:/?#[]@!$&'()*+,;=%41`;
  const password = "pä字 :/?#[]@!$&'()*+,;=%2F";
  const vhost = `${testbed.vhost}/ü字 ?#%2F`;
  const [userName, vhostName] = [encodeURIComponent(user), encodeURIComponent(vhost)];
  await createVhost(api, vhost);
  try {
    await callManagement(api, 'PUT', `/api/users/${userName}`, { password, tags: '' });
    const all = { configure: '.*', write: '.*', read: '.*' };
    await callManagement(api, 'PUT', `/api/permissions/${vhostName}/${userName}`, all);
    const login = `${userName}:${encodeURIComponent(password)}`;
    const url = `amqp://${login}@${new URL(testbed.rabbitmq_url).host}/${vhostName}`;
    const broker = createBroker({ url, name: 'test', logger });
    await broker.start();
    const queues = (await callManagement(api, 'GET', `/api/queues/${vhostName}`)) as { name: string }[];
    expect(queues.map(({ name }) => name)).toContain('cs.updates');
    await broker.stop();
  } finally {
    await callManagement(api, 'DELETE', `/api/users/${userName}`);
    await deleteVhost(api, vhost);
  }
});
