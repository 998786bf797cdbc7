import type { Redis } from 'ioredis';

/**
 * Sets the cached snapshot and publishes it, only where its seq is higher than the cached one: in one step, so that of
 * several writers the newest wins. One key, so it runs in a Redis cluster. Returns 1 where it did.
 */
const PUBLISH_PROGRESS = `
local cached = redis.call('HGET', KEYS[1], 'seq')
if cached and tonumber(cached) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'seq', ARGV[1], 'snapshot', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[2])
return 1`;

type PublishProgress = (
  key: string,
  seq: number,
  snapshot: string,
  expiresAfterMs: number,
  channel: string,
) => Promise<number>;

export function definePublishProgress(redis: Redis): PublishProgress {
  redis.defineCommand('publishProgress', { numberOfKeys: 1, lua: PUBLISH_PROGRESS });
  return (...args) => (redis as unknown as { publishProgress: PublishProgress }).publishProgress(...args);
}
