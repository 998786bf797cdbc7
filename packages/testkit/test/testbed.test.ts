import { createComponent } from '@cyberstroll/runtime';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { ENDS_WITH_RUN } from '../src/testbed/engine-urls';
import { createTestbed } from '../src/testbed/testbed';
import { callManagement } from '../src/testbed/vhost';

describe('createTestbed', () => {
  it('gives a vhost, a database and a key prefix of its own, and leaves nothing of them for the next run', async () => {
    delete process.env[ENDS_WITH_RUN];
    const testbed = await createTestbed();
    const other = await createTestbed();
    expect(other.vhost).not.toBe(testbed.vhost);

    const amqp = await connect(testbed.rabbitmq_url);
    const channel = await amqp.createChannel();
    await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await amqp.close();
    const connection = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
    await connection.collection('things').insertOne({ a: 1 });
    const redis = new Redis(testbed.redis_url);
    await redis.set(`${testbed.redis_prefix}key`, '1');

    await testbed.cleanup();
    await testbed.cleanup();
    await other.cleanup();

    const vhosts = (await callManagement(testbed.rabbitmq_management_url, 'GET', '/api/vhosts')) as { name: string }[];
    expect(vhosts.map((vhost) => vhost.name)).not.toContain(testbed.vhost);
    expect(await connection.collection('things').countDocuments()).toBe(0);
    expect(await redis.exists(`${testbed.redis_prefix}key`)).toBe(0);
    await connection.close();
    redis.disconnect();
  });

  it('does not drop a database that ends with the run', async () => {
    process.env[ENDS_WITH_RUN] = 'true';
    const testbed = await createTestbed();
    const connection = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
    await connection.collection('things').insertOne({ a: 1 });
    await testbed.cleanup();
    expect(await connection.collection('things').countDocuments()).toBe(1);
    await connection.dropDatabase();
    await connection.close();
  });

  it('ends what was started on it, the last first, all of it even if one fails, and says so then', async () => {
    const testbed = await createTestbed();
    const ended: string[] = [];
    for (const name of ['first', 'second']) {
      await testbed.start(createComponent(name, { stop: () => void ended.push(name) }));
    }
    testbed.defer(() => Promise.reject(new Error('does not end')));
    testbed.defer(async () => ended.push('deferred'));

    await expect(testbed.cleanup()).rejects.toThrow('does not end');
    expect(ended).toEqual(['deferred', 'second', 'first']);
    await testbed.cleanup();
    expect(ended).toHaveLength(3);
  });
});
