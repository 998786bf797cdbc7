/**
 * Tickets for WebSockets: a browser cannot send a key with one, and a key in the URL would appear in the log of every
 * proxy. A ticket is a random text that is valid once, for 30 s. It calls for the API key that issued it, which signs
 * it, and ends with that key, and with the session by which it was issued.
 *
 * Only a hash of the text is kept with the content: who reads that can use no ticket, and cannot try keys by their
 * signatures. Who writes there cannot make one.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '@cyberstroll/runtime';
import type { Caller, KeyRef } from './caller';
import type { KeyRing } from './keys/key-ring';
import { toDigest } from './keys/secrets';
import type { SessionRing } from './sessions/session-ring';

/** The content of a ticket, and until when its signature counts. */
interface Ticket {
  /** Absent: all tasks. */
  task_id?: string;
  /** The name of the API key that issued it. */
  key: string;
  /** The secret that asked for it; absent for one of API_KEYS. */
  key_ref?: KeyRef;
  /** The session that asked for it; absent without one. */
  session?: string;
  signed_until: number;
}

/** Where tickets are until they are used. */
interface TicketStore {
  keepTicket(digest: string, value: string, seconds: number): Promise<void>;
  /** Undefined if there is no such ticket; only one of several callers gets it. */
  takeTicket(digest: string): Promise<string | undefined>;
}

/** Seconds. A client uses its ticket at once. */
export const TICKET_EXPIRES_IN = 30;
/**
 * The store forgets a ticket earlier. This ends one that was put back. It is more than clocks of services may differ.
 */
const SIGNED_FOR_MS = 600_000;

/**
 * A ticket of the caller for one task, or for all. Rejects with AppError `unauthorised` if the caller's key has just
 * ended, or with the error of the tickets.
 */
export async function issueTicket(
  { tickets, keys }: { tickets: Pick<TicketStore, 'keepTicket'>; keys: Pick<KeyRing, 'sign'> },
  caller: Pick<Caller, 'name' | 'key'> & { session?: { _id: string } },
  taskId: string | undefined,
): Promise<string> {
  const text = randomBytes(24).toString('base64url');
  const ticket: Ticket = {
    ...(taskId !== undefined && { task_id: taskId }),
    key: caller.name,
    ...(caller.key && { key_ref: caller.key }),
    ...(caller.session && { session: caller.session._id }),
    signed_until: Date.now() + SIGNED_FOR_MS,
  };
  const signature = keys.sign(caller, toSigned(text, ticket));
  if (signature === undefined) throw new AppError('unauthorised', { detail: 'the API key has just ended' });
  await tickets.keepTicket(toDigest(text), JSON.stringify({ ...ticket, signature }), TICKET_EXPIRES_IN);
  return text;
}

/**
 * Who calls by a ticket for this task, or for all; undefined if it is not valid. A ticket for something else is used up
 * by the attempt. Rejects if tickets, keys or sessions cannot be read now.
 */
export async function redeemTicket(
  {
    tickets,
    keys,
    sessions,
  }: {
    tickets: Pick<TicketStore, 'takeTicket'>;
    keys: Pick<KeyRing, 'findSigner'>;
    sessions: Pick<SessionRing, 'findOpen'>;
  },
  text: string,
  taskId: string | undefined,
): Promise<Caller | undefined> {
  if (!/^[\w-]{32}$/.test(text)) return undefined;
  const found = await tickets.takeTicket(toDigest(text));
  if (found === undefined) return undefined;
  const { signature, ...ticket }: Ticket & { signature: string } = JSON.parse(found);
  if (ticket.signed_until <= Date.now() || ticket.task_id !== taskId) return undefined;
  const { key: name, key_ref: key, session: id } = ticket;
  const caller = await keys.findSigner({ name, ...(key && { key }) }, toSigned(text, ticket), signature);
  if (!caller || id === undefined) return caller;
  const session = await sessions.findOpen(id);
  return session && { ...caller, session };
}

const toSigned = (text: string, ticket: Ticket): string => JSON.stringify([text, ticket]);
