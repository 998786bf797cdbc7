import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { toUnavailable } from './redis/redis-fault';

/** The content of a ticket. */
export interface Ticket {
  /** Absent: all tasks. */
  task_id?: string;
  /** The name of the API key that issued it. */
  key: string;
  /** The secret that asked for it; absent for one of API_KEYS. The ticket ends with it. */
  key_ref?: { key_id: string; generation: number };
  /** The session that asked for it; absent without one. The ticket ends with it, too. */
  session?: string;
}

/** Seconds. A client uses its ticket at once. */
export const TICKET_EXPIRES_IN = 30;

export interface Tickets {
  /** A random text that is valid once, for 30 s. Rejects with AppError transient `redis_unavailable`. */
  issueTicket(ticket: Ticket): Promise<string>;
  /** The content of a ticket; undefined if it is unknown, expired or already used. Rejects like the above. */
  takeTicket(text: string): Promise<Ticket | undefined>;
}

export function createTickets(redis: Redis | Cluster, prefix: string): Tickets {
  const toKey = (text: string) => `${prefix}cs:ticket:${text}`;
  const unavailable = (cause: Error): never => {
    throw toUnavailable(cause);
  };
  return {
    async issueTicket(ticket) {
      const text = randomBytes(24).toString('base64url');
      await redis.set(toKey(text), JSON.stringify(ticket), 'EX', TICKET_EXPIRES_IN).catch(unavailable);
      return text;
    },
    async takeTicket(text) {
      if (!/^[\w-]{32}$/.test(text)) return undefined;
      const found = await redis.getdel(toKey(text)).catch(unavailable);
      return found === null ? undefined : (JSON.parse(found) as Ticket);
    },
  };
}
