import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProcessIdentity } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { createPrivateProcess } from '../src/engines/private-process';
import { type Engines, startEngines } from '../src/engines/start-engines';
import { removeFolder } from '../src/remove-folder';

let dir: string;
let engines: Engines;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'engines-'));
  engines = await startEngines({ dir });
});

afterAll(async () => {
  const pids = engines.pids;
  await engines.kill();
  await removeFolder(dir);
  expect(pids).toHaveLength(3);
  for (const pid of pids) expect(findProcessIdentity(pid)).toBeUndefined();
});

/**
 * The size of the file in which the broker keeps the names of its quorum queues. RabbitMQ 3.10 writes a new one up to a
 * second after it has confirmed the declaration (and a message); a quorum queue younger than that does not come back
 * from a kill.
 */
function queueRegisterBytes(): number {
  return statSync(join(dir, 'rabbitmq/data/cyberstroll@localhost/quorum/cyberstroll@localhost/names.dets')).size;
}

async function readOne(queue: string): Promise<string | undefined> {
  const connection = await connect(engines.rabbitmq_url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  const message = await channel.get(queue, { noAck: true });
  await connection.close();
  return message ? message.content.toString() : undefined;
}

describe('startEngines', () => {
  it('rabbitmq keeps a confirmed message of a quorum queue through a kill, on the same port', async () => {
    const connection = await connect(engines.rabbitmq_url);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    const bytesBefore = queueRegisterBytes();
    await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue('kept', Buffer.from('still here'), { persistent: true });
    await channel.waitForConfirms();
    await eventually(() => queueRegisterBytes() > bytesBefore);
    const { pid, url } = engines.rabbitmq;

    await engines.rabbitmq.kill();
    expect(engines.rabbitmq.pid).toBeUndefined();
    await expect(connect(engines.rabbitmq_url)).rejects.toThrow();
    await engines.rabbitmq.start();

    expect(engines.rabbitmq.pid).not.toBe(pid);
    expect(engines.rabbitmq.url).toBe(url);
    expect(await readOne('kept')).toBe('still here');
  });

  it('rabbitmq runs a command of rabbitmqctl, and rejects with its error', async () => {
    expect((await engines.rabbitmq.control(['eval', '1 + 1.'])).trim()).toBe('2');
    await expect(engines.rabbitmq.control(['no_such_command'])).rejects.toThrow('no_such_command');
  });

  it('mongodb keeps a committed transaction through a kill', async () => {
    const connection = await mongoose.createConnection(`${engines.mongodb_uri}`, { dbName: 'kept' }).asPromise();
    await connection.createCollection('things');
    await connection.transaction(async (session) => {
      await connection.collection('things').insertMany([{ n: 1 }, { n: 2 }], { session });
    });
    await engines.mongodb.kill();
    await engines.mongodb.start();
    expect(await connection.collection('things').countDocuments()).toBe(2);
    await connection.close();
  });

  it('redis comes back after a kill, empty', async () => {
    const redis = new Redis(engines.redis_url, { retryStrategy: () => 20 });
    redis.on('error', () => {});
    await redis.set('key', 'value');
    await engines.redis.kill();
    await engines.redis.start();
    expect(await redis.get('key')).toBeNull();
    redis.disconnect();
  });

  it('keeps over a restart the data that an orderly stop wrote', async () => {
    const redis = new Redis(engines.redis_url, { retryStrategy: () => 20 });
    redis.on('error', () => {});
    expect(await redis.ping()).toBe('PONG');
    await engines.redis.restart();
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('uses an engine that the environment names, and does not stop it', async () => {
    const environment = {
      RABBITMQ_URL: engines.rabbitmq_url,
      MONGODB_URI: engines.mongodb_uri,
      REDIS_URL: engines.redis_url,
    };
    const borrowed = await startEngines({ dir: join(dir, 'borrowed'), environment });
    expect(borrowed.pids).toEqual([]);
    expect(borrowed.mongodb_uri).toBe(engines.mongodb_uri);
    await borrowed.stop();
    await expect(borrowed.redis.kill()).rejects.toThrow('not ours');
    const redis = new Redis(engines.redis_url);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('says why a server could not start, with the end of its log', async () => {
    const failing = createPrivateProcess({
      name: 'failing',
      dir: join(dir, 'failing'),
      command: process.execPath,
      args: ['-e', 'console.error("no such option"); process.exit(3)'],
      isReady: () => Promise.reject(new Error('refused')),
      readyTimeoutMs: 170_000,
      stopGraceMs: 100,
    });
    await expect(failing.start()).rejects.toThrow(/failing: ended while starting \(exit code 3\)\nno such option/);
  });
});
