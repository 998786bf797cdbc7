import type { Socket as NetStream } from 'node:net';
import { backoffMs, type OutageLog, type TlsMaterial } from '@cyberstroll/runtime';
import { Redis } from 'ioredis';

const BACKOFF = { baseMs: 50, capMs: 2_000 };
const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 1_000;

/**
 * One connection to Redis that is made again for ever. Commands fail at once while it is away, instead of queueing up,
 * and subscriptions are ours to renew.
 */
export function createRedisLink(
  { url, tls }: { url: string; tls: TlsMaterial },
  name: string,
  outages: OutageLog,
): Redis {
  const redis = new Redis(url, {
    // ioredis speaks TLS wherever it is given this.
    ...(url.startsWith('rediss:') && { tls }),
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectionName: name,
    retryStrategy: (attempt) => backoffMs(attempt, BACKOFF, Math.random()),
  });
  let lastError: unknown;
  redis.on('error', (error) => {
    lastError = error;
    // ioredis hears the first error of a socket alone. TLS may bring a second one, an alert that comes late, and unheard it ends the process.
    (redis.stream as NetStream | undefined)?.on('error', () => undefined);
  });
  redis.on('reconnecting', () => outages.down(name, lastError));
  redis.on('ready', () => outages.up(name));
  return redis;
}

/** The first try to connect: returns when it has succeeded or failed; the connection goes on trying by itself. */
export const connectFirst = (redis: Redis): Promise<void> => redis.connect().catch(() => undefined);
