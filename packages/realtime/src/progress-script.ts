import type { Cluster, Redis } from 'ioredis';

/**
 * Sets the cached snapshot and publishes it on both channels, only if its seq is higher than the cached one. It is one
 * step, so that of several writers the newest wins. It has one key, so it runs in a Redis cluster. Returns 1 if it
 * published.
 */
const PUBLISH_PROGRESS = `
local cached = redis.call('HGET', KEYS[1], 'seq')
if cached and tonumber(cached) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'seq', ARGV[1], 'snapshot', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[2])
redis.call('PUBLISH', ARGV[5], ARGV[2])
return 1`;

/** Sets a value that expires, and publishes it: it needs the same rights as the other script. */
const BEAT = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[1])`;

export interface Scripts {
  publishProgress(
    key: string,
    seq: number,
    snapshot: string,
    expiresAfterMs: number,
    channel: string,
    channelOfAll: string,
  ): Promise<number>;
  beat(key: string, text: string, expiresAfterMs: number, channel: string): Promise<number>;
}

export function defineScripts(redis: Redis | Cluster): Scripts {
  redis.defineCommand('publishProgress', { numberOfKeys: 1, lua: PUBLISH_PROGRESS });
  redis.defineCommand('beat', { numberOfKeys: 1, lua: BEAT });
  return redis as unknown as Scripts;
}
