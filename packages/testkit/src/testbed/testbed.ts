/**
 * What one test file gets of the real engines: a vhost, a database and a Redis key prefix that nobody else uses, so
 * that files run side by side and leave nothing behind. Create it in `beforeAll`, `await cleanup()` in `afterAll`.
 */
import { randomBytes } from 'node:crypto';
import { type Component, within } from '@cyberstroll/runtime';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { getEngineUrls, isMongodbKept, withDatabase, withoutHeartbeats, withVhost } from './engine-urls';
import { createVhost, deleteVhost } from './vhost';

/** Longer than anything takes to stop on a slow machine; shorter than what a hook of jest may take. */
const STOP_WITHIN_MS = 60_000;

export type Testbed = Awaited<ReturnType<typeof createTestbed>>;

/** A fresh testbed. Throws when the run has no engines. */
export async function createTestbed() {
  const engines = getEngineUrls();
  const name = `t${randomBytes(6).toString('hex')}`;
  const redisPrefix = `${name}:`;
  await createVhost(engines.rabbitmq_management_url, name);
  const mongodbUri = withDatabase(engines.mongodb_uri, name);
  const ends: (() => Promise<unknown>)[] = [];

  return {
    /** AMQP URL whose vhost is this file's own. */
    rabbitmq_url: withVhost(engines.rabbitmq_url, name),
    /** Management API of the broker, with credentials, for `callManagement`. */
    rabbitmq_management_url: engines.rabbitmq_management_url,
    vhost: name,
    /** MongoDB URI whose default database is this file's own. */
    mongodb_uri: mongodbUri,
    database: name,
    redis_url: engines.redis_url,
    /** Begins every key and channel of this file; ends with a colon. */
    redis_prefix: redisPrefix,
    /** Starts a component, which `cleanup` stops if the test does not. */
    async start<C extends Component>(component: C): Promise<C> {
      const isLate = () => new Error(`${component.name} did not stop within ${STOP_WITHIN_MS} ms`);
      ends.push(() => within(component.stop(), STOP_WITHIN_MS, isLate));
      await component.start();
      return component;
    },
    /** Has `cleanup` call this, too. */
    defer: (end: () => Promise<unknown>): void => void ends.push(end),
    /**
     * Stops what was started and calls what was deferred, the last first; then deletes the vhost and the keys, and the
     * database if the next run would find it: a fifth of what a file costs MongoDB. May be called twice.
     */
    async cleanup(): Promise<void> {
      const results: PromiseSettledResult<unknown>[] = [];
      for (let end = ends.pop(); end; end = ends.pop()) results.push(...(await Promise.allSettled([end()])));
      const deletions = await Promise.allSettled([
        deleteVhost(engines.rabbitmq_management_url, name),
        isMongodbKept() && dropDatabase(mongodbUri),
        deleteKeys(engines.redis_url, redisPrefix),
      ]);
      for (const result of [...results, ...deletions]) if (result.status === 'rejected') throw result.reason;
    },
  };
}

async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5_000 }).asPromise();
  try {
    await connection.dropDatabase();
  } finally {
    await connection.close();
  }
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 500);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } finally {
    redis.disconnect();
  }
}

/** The environment of a service that uses this testbed. */
export const toVariables = (testbed: Testbed): Record<string, string> => ({
  RABBITMQ_URL: withoutHeartbeats(testbed.rabbitmq_url),
  MONGODB_URI: testbed.mongodb_uri,
  REDIS_URL: testbed.redis_url,
  REDIS_PREFIX: testbed.redis_prefix,
  // No request gets 503 because the machine is slow.
  ANSWER_WITHIN_MS: '120000',
});

/** The same testbed, but nothing listens at its URLs. */
export function toCutOff(testbed: Testbed): Testbed {
  const cutOff = (url: string) => url.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
  const { rabbitmq_url, mongodb_uri, redis_url } = testbed;
  return {
    ...testbed,
    rabbitmq_url: cutOff(rabbitmq_url),
    mongodb_uri: cutOff(mongodb_uri),
    redis_url: cutOff(redis_url),
  };
}
