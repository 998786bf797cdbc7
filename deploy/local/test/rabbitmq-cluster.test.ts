import { eventually } from '@cyberstroll/testkit';
import { type ConfirmChannel, connect } from 'amqplib';
import { type ClusterNode, type RabbitmqCluster, rabbitmqCluster } from '../src/engines/rabbitmq-cluster';
import { findProcessIdentity } from '../src/process-identity';

let cluster: RabbitmqCluster;

beforeAll(async () => {
  cluster = await rabbitmqCluster(3);
});

afterAll(async () => {
  const pids = cluster.nodes.map((node) => node.pid!);
  await cluster.cleanup();
  expect(pids).toHaveLength(3);
  for (const pid of pids) expect(findProcessIdentity(pid)).toBeUndefined();
});

async function on<T>(node: ClusterNode, use: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connect(node.url);
  connection.on('error', () => {});
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    return await use(channel);
  } finally {
    await connection.close().catch(() => {});
  }
}

it('rabbitmqCluster: a quorum queue outlives a kill of its leader, and a classic queue goes with its node', async () => {
  const [home, other] = cluster.nodes as [ClusterNode, ClusterNode];
  await on(home, async (channel) => {
    await channel.assertQueue('kept', { arguments: { 'x-queue-type': 'quorum' } });
    await channel.assertQueue('alone', {});
    channel.sendToQueue('kept', Buffer.from('still here'));
    await channel.waitForConfirms();
  });
  expect(await cluster.leaderOf('kept')).toBe(home);
  expect(await cluster.leaderOf('alone')).toBe(home);
  await cluster.whenSafeToStop();

  await home.kill();
  expect(home.pid).toBeUndefined();
  // A channel is closed by a command that meets the queue between two leaders, so each try has its own.
  const message = await eventually(() => on(other, (channel) => channel.get('kept', { noAck: true })));
  expect(message).toMatchObject({ content: Buffer.from('still here') });
  expect(await cluster.leaderOf('kept')).not.toBe(home);
  expect(await cluster.leaderOf('alone')).toBe(home);
  await expect(on(other, (channel) => channel.checkQueue('alone'))).rejects.toThrow('NOT_FOUND');

  await home.start();
  await cluster.whenSafeToStop();
  expect(await on(home, (channel) => channel.checkQueue('kept'))).toMatchObject({ messageCount: 0 });
});
