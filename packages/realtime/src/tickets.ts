import { createHash, randomBytes } from 'node:crypto';
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

/** A ticket as Redis had it. It counts only if the signature is of its key: others may write to Redis, too. */
export interface FoundTicket {
  ticket: Ticket;
  signed: string;
  signature: string;
}

/** Seconds. A client uses its ticket at once. */
export const TICKET_EXPIRES_IN = 30;
/** Redis forgets a ticket earlier. This ends one that was put back; it is more than clocks of services may differ. */
const SIGNED_FOR_MS = 600_000;

export interface Tickets {
  /** A random text that is valid once, for 30 s. Rejects with AppError transient `redis_unavailable`. */
  issueTicket(ticket: Ticket, sign: (text: string) => string): Promise<string>;
  /** Undefined if the ticket is unknown, expired or already used. Rejects like the above. */
  takeTicket(text: string): Promise<FoundTicket | undefined>;
}

/** Redis has only a hash of the text: who reads Redis can use no ticket, and cannot try keys by their signatures. */
export function createTickets(redis: Redis | Cluster, prefix: string): Tickets {
  const toKey = (text: string) => `${prefix}cs:ticket:${createHash('sha256').update(text).digest('hex')}`;
  const toSigned = (text: string, content: object) => JSON.stringify([text, content]);
  const unavailable = (cause: Error): never => {
    throw toUnavailable(cause);
  };
  return {
    async issueTicket(ticket, sign) {
      const text = randomBytes(24).toString('base64url');
      const content = { ...ticket, signed_until: Date.now() + SIGNED_FOR_MS };
      const value = JSON.stringify({ ...content, signature: sign(toSigned(text, content)) });
      await redis.set(toKey(text), value, 'EX', TICKET_EXPIRES_IN).catch(unavailable);
      return text;
    },
    async takeTicket(text) {
      if (!/^[\w-]{32}$/.test(text)) return undefined;
      const found = await redis.getdel(toKey(text)).catch(unavailable);
      if (found === null) return undefined;
      const { signature, ...content } = JSON.parse(found);
      const { signed_until, ...ticket } = content;
      return signed_until > Date.now() ? { ticket, signed: toSigned(text, content), signature } : undefined;
    },
  };
}
