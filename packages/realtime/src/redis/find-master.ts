import type { RedisAddress } from '@cyberstroll/runtime';
import type { Redis } from 'ioredis';

/**
 * Asks the sentinels for the master, one after the other until one knows it. Each call begins with the next sentinel,
 * so that a dead one, or one that missed a failover, is not always asked first. Rejects with the answer of each
 * sentinel.
 */
export function createMasterFinder({
  sentinels,
  masterName,
  open,
}: {
  sentinels: readonly RedisAddress[];
  masterName: string;
  /** A connection that is not begun. */
  open: (sentinel: RedisAddress) => Redis;
}): () => Promise<RedisAddress> {
  let first = Math.floor(Math.random() * sentinels.length);
  return async () => {
    const reasons: string[] = [];
    first = (first + 1) % sentinels.length;
    for (const sentinel of [...sentinels.slice(first), ...sentinels.slice(0, first)]) {
      const client = open(sentinel);
      let reason = 'it knows no master of that name';
      client.on('error', ({ message }) => {
        reason = message;
      });
      try {
        await client.connect();
        const found = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
        if (Array.isArray(found)) return { host: String(found[0]), port: Number(found[1]) };
      } catch (error) {
        if (client.status === 'ready') reason = (error as Error).message;
      } finally {
        client.disconnect();
      }
      reasons.push(`${sentinel.host}:${sentinel.port}: ${reason}`);
    }
    throw new Error(`no sentinel names the master: ${reasons.join('; ')}`);
  };
}
