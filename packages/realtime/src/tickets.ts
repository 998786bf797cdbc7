import type { Cluster, Redis } from 'ioredis';
import { toUnavailable } from './redis/redis-fault';

/** Tickets for WebSockets, by the digests of their texts, until they are used. What they say is not looked at here. */
export interface Tickets {
  /** Rejects with AppError transient `redis_unavailable`. */
  keepTicket(digest: string, value: string, seconds: number): Promise<void>;
  /** Undefined if the ticket is unknown, expired or already taken. Rejects like the above. */
  takeTicket(digest: string): Promise<string | undefined>;
}

export function createTickets(redis: Redis | Cluster, prefix: string): Tickets {
  const toKey = (digest: string) => `${prefix}cs:ticket:${digest}`;
  const unavailable = (cause: Error): never => {
    throw toUnavailable(cause);
  };
  return {
    async keepTicket(digest, value, seconds) {
      await redis.set(toKey(digest), value, 'EX', seconds).catch(unavailable);
    },
    takeTicket: async (digest) => (await redis.getdel(toKey(digest)).catch(unavailable)) ?? undefined,
  };
}
