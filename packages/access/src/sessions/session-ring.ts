/**
 * Who calls by a session cookie: the caller of the API key that opened the session. A replica keeps the sessions that
 * it sees in memory, and reads every two seconds which of them have not ended. So a session ends within five seconds
 * everywhere, with its connections. A replica looks up a session that it does not know, so a new one works at once.
 *
 * While MongoDB is unavailable the known sessions stay as they were, as the keys do.
 */
import { randomBytes } from 'node:crypto';
import { SESSION_HOURS, type Session } from '@cyberstroll/contracts';
import { AppError, createSharedCall, createSweep, type Logger, within } from '@cyberstroll/runtime';
import { type Caller, toCallerId } from '../caller';
import type { ApiKeys } from '../keys/api-keys';
import type { KeyRing } from '../keys/key-ring';
import { proveKey, toDigest } from '../keys/secrets';

export type SessionRing = ReturnType<typeof createSessionRing>;

/** The collection of sessions. */
export interface SessionStore {
  /** Opens a session. */
  add(session: Session): Promise<void>;
  /** Those of these sessions that have not ended. An expired one may be among them. */
  findOpen(ids: readonly string[]): Promise<Session[]>;
  /** Without effect if it has ended. */
  end(id: string): Promise<void>;
}

const READ_INTERVAL_MS = 2_000;
const READ_WITHIN_MS = 2_000;
const READ_AT_ONCE = 1_000;
/** A session that is not used for this long is looked up again. */
const KEEP_MS = 60_000;

interface Known {
  session: Session;
  usedMs: number;
  watchers: Set<() => void>;
}

export function createSessionRing({
  sessions,
  keys,
  bootstrap,
  logger,
}: {
  sessions: SessionStore;
  keys: Pick<KeyRing, 'findHolder' | 'watch'>;
  bootstrap: Pick<ApiKeys, 'findProven'>;
  logger: Logger;
}) {
  const known = new Map<string, Known>();
  const asked = new Set<string>();

  function keep(session: Session): Known {
    const entry = known.get(session._id) ?? { session, usedMs: 0, watchers: new Set() };
    known.set(session._id, entry);
    return entry;
  }

  function forget(id: string): void {
    const watchers = known.get(id)?.watchers ?? [];
    known.delete(id);
    for (const ended of watchers) ended();
  }

  /** One read at a time, for all that ask: made-up cookies cost the database little, however many they are. */
  const read = createSharedCall(async () => {
    const ids = [...asked];
    asked.clear();
    while (ids.length > 0) {
      const page = ids.splice(0, READ_AT_ONCE);
      const reading = sessions.findOpen(page);
      const found = await within(reading, READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));
      const open = new Map(found.map((session) => [session._id, session]));
      for (const id of page) {
        const session = open.get(id);
        if (session) keep(session);
        else forget(id);
      }
    }
  });

  async function findOpen(id: string): Promise<Session | undefined> {
    if (!known.has(id)) {
      asked.add(id);
      await read();
    }
    const entry = known.get(id);
    if (!entry || entry.session.expires <= new Date()) return undefined;
    entry.usedMs = performance.now();
    return entry.session;
  }

  function findOwner(session: Session, secret: string): Caller | undefined {
    const { key_id, generation, name, proof } = session;
    const caller =
      key_id === undefined
        ? bootstrap.findProven(name!, secret, proof!)
        : keys.findHolder({ key_id, generation: generation! });
    return caller && { ...caller, session };
  }

  return {
    ...createSweep({
      name: 'read-sessions',
      intervalMs: READ_INTERVAL_MS,
      logger,
      async sweepOnce(now) {
        for (const [id, { session, usedMs, watchers }] of known) {
          if (session.expires <= now) forget(id);
          else if (watchers.size === 0 && performance.now() - usedMs > KEEP_MS) known.delete(id);
          else asked.add(id);
        }
        if (asked.size > 0) await read();
        return {};
      },
    }),
    /** The session, unless it has ended. Rejects like the above. */
    findOpen,

    /** Opens a session for the caller, who has this API key. */
    async open(caller: Caller, apiKey: string): Promise<{ secret: string; caller: Caller }> {
      const { key, name } = caller;
      const secret = randomBytes(32).toString('base64url');
      const now = new Date();
      const session: Session = {
        _id: toDigest(secret),
        caller_id: toCallerId(caller),
        created_time: now,
        ...(key ?? { name, proof: proveKey(toDigest(apiKey), secret) }),
        expires: new Date(now.getTime() + SESSION_HOURS * 3_600_000),
      };
      await sessions.add(session);
      return { secret, caller: { ...caller, session } };
    },

    /**
     * The caller with this secret of a session; undefined if the session or its key has ended. Rejects with AppError
     * `transient` if that cannot be read now.
     */
    async findCaller(secret: string): Promise<Caller | undefined> {
      const session = await findOpen(toDigest(secret));
      return session && findOwner(session, secret);
    },

    /** Ends a session: here at once, everywhere within 5 s. */
    async end(id: string): Promise<void> {
      await sessions.end(id);
      forget(id);
    },

    /** Calls `ended` once if the caller's session or key ends. Returns how to stop that. */
    watch(caller: Caller, ended: () => void): () => void {
      if (!caller.session) return keys.watch(caller, ended);
      // If it has just ended, the next read says so.
      const { watchers } = keep(caller.session);
      const stop = () => {
        stopKey();
        watchers.delete(own);
      };
      const own = () => {
        stop();
        ended();
      };
      watchers.add(own);
      const stopKey = keys.watch(caller, own);
      return stop;
    },
  };
}
