import { type Diagnosis, diagnoseClock, faulty, sound, type TlsMaterial } from '@cyberstroll/runtime';
import { Redis } from 'ioredis';
import { diagnoseInfo } from './diagnose-info';

const TIMEOUT_MS = 3_000;

/** Looks at Redis as the services would find it, and changes nothing. Never rejects because of what it finds. */
export async function inspectRealtime({ url, tls = {} }: { url: string; tls?: TlsMaterial }): Promise<Diagnosis[]> {
  const redis = new Redis(url, {
    ...(url.startsWith('rediss:') && { tls }),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    connectionName: 'cyberstroll-doctor',
  });
  let lastError: Error | undefined;
  redis.on('error', (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const askedMs = Date.now();
    const [seconds, micros] = await redis.time();
    const theirsMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    return [
      sound('redis', 'can be reached'),
      diagnoseClock('redis clock', theirsMs, askedMs, Date.now()),
      ...diagnoseInfo(info),
    ];
  } catch (error) {
    const { message } = lastError ?? (error as Error);
    return [
      faulty('redis', `cannot be looked at: ${message}`, 'start it, and check REDIS_URL: host, password, rediss://'),
    ];
  } finally {
    // Of one that has ended already it would wait for the end.
    if (redis.status !== 'end') redis.disconnect();
  }
}
