/**
 * Who calls by a session cookie: the caller of the API key that opened the session. A replica looks up a session that
 * it does not know, so a new one works at once, and keeps the sessions that it sees in memory. Every two seconds it
 * reads which sessions have ended since. So a session ends within five seconds everywhere, with its connections, and
 * the reads cost as much as sessions end, however many are open.
 *
 * A session that stays in memory is looked up again after ten minutes. That ends one whose end can be read no more:
 * the replica was cut off from MongoDB for longer than the ends are kept, or the session was deleted by hand.
 *
 * While MongoDB is unavailable the known sessions stay as they were, as the keys do.
 */
import { randomBytes } from 'node:crypto';
import { SESSION_HOURS, type Session } from '@cyberstroll/contracts';
import { createGroup, createSharedCall, createSweep, type Logger } from '@cyberstroll/runtime';
import { type Caller, toCallerId } from '../caller';
import type { ApiKeys } from '../keys/api-keys';
import type { KeyRing } from '../keys/key-ring';
import { proveKey, toDigest } from '../keys/secrets';
import { createChangeReader, READ_AT_ONCE, READ_INTERVAL_MS, readSoon } from '../numbered-changes';

export type SessionRing = ReturnType<typeof createSessionRing>;

/** An end of a session, by its number. */
export type SessionEnd = Pick<Session, '_id'> & { change: number };

/** The collection of sessions. */
export interface SessionStore {
  /** Opens a session. */
  add(session: Session): Promise<void>;
  /** Those of these sessions that have not ended. An expired one may be among them. */
  findOpen(ids: readonly string[]): Promise<Session[]>;
  /** The ends after this number, in their order. An end is kept for an hour, or until the session expires. */
  findEnds(after: number, limit: number): Promise<SessionEnd[]>;
  /** Without effect if it has ended. */
  end(id: string): Promise<void>;
}

/** A session that is not used for this long leaves the memory. */
const KEEP_MS = 60_000;
/** Far less than the ends are kept. */
const LOOK_UP_AGAIN_MS = 600_000;

interface Known {
  session: Session;
  usedMs: number;
  lookedUpMs: number;
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
  /** By id, when the end of a session was read: a look-up that began earlier may still find the session open. */
  const endedMs = new Map<string, number>();

  const isOver = ({ _id, expires }: Session, now: Date) => endedMs.has(_id) || expires <= now;

  function keep(session: Session): Known {
    const entry = known.get(session._id) ?? {
      session,
      usedMs: 0,
      lookedUpMs: Number.NEGATIVE_INFINITY,
      watchers: new Set(),
    };
    known.set(session._id, entry);
    return entry;
  }

  function forget(id: string): void {
    const watchers = known.get(id)?.watchers ?? [];
    known.delete(id);
    for (const ended of watchers) ended();
  }

  function noteEnd(id: string): void {
    endedMs.set(id, performance.now());
    forget(id);
  }

  const readEnds = createChangeReader(sessions.findEnds, (ends) => {
    for (const { _id } of ends) noteEnd(_id);
  });

  async function lookUp(ids: readonly string[]): Promise<void> {
    for (let first = 0; first < ids.length; first += READ_AT_ONCE) {
      const page = ids.slice(first, first + READ_AT_ONCE);
      const found = await readSoon(sessions.findOpen(page));
      const open = new Map(found.map((session) => [session._id, session]));
      for (const id of page) {
        const session = open.get(id);
        if (session) keep(session).lookedUpMs = performance.now();
        else forget(id);
      }
    }
  }

  /** One look-up at a time, for all that ask: made-up cookies cost the database little, however many they are. */
  const lookUpAsked = createSharedCall(() => {
    const ids = [...asked];
    asked.clear();
    return lookUp(ids);
  });

  async function findOpen(id: string): Promise<Session | undefined> {
    if (!known.has(id)) {
      asked.add(id);
      await lookUpAsked();
    }
    const entry = known.get(id);
    if (!entry || isOver(entry.session, new Date())) return undefined;
    entry.usedMs = performance.now();
    return entry.session;
  }

  function forgetOver(now: Date): void {
    const nowMs = performance.now();
    for (const [id, { session, usedMs, watchers }] of known) {
      if (isOver(session, now)) forget(id);
      else if (watchers.size === 0 && nowMs - usedMs > KEEP_MS) known.delete(id);
    }
    for (const [id, sinceMs] of endedMs) if (nowMs - sinceMs > LOOK_UP_AGAIN_MS) endedMs.delete(id);
  }

  const reader = createSweep({
    name: 'read-session-ends',
    intervalMs: READ_INTERVAL_MS,
    logger,
    async sweepOnce(now) {
      // A session expires also while nothing can be read.
      forgetOver(now);
      if (known.size > 0) await readEnds();
      return {};
    },
  });
  const checker = createSweep({
    name: 'look-up-sessions',
    intervalMs: READ_INTERVAL_MS,
    logger,
    async sweepOnce() {
      const isDue = ({ lookedUpMs }: Known) => performance.now() - lookedUpMs > LOOK_UP_AGAIN_MS;
      await lookUp([...known].filter(([, entry]) => isDue(entry)).map(([id]) => id));
      return {};
    },
  });

  async function findOwner(session: Session, secret: string): Promise<Caller | undefined> {
    const { key_id, generation, name, proof } = session;
    const caller =
      key_id === undefined
        ? bootstrap.findProven(name!, secret, proof!)
        : await keys.findHolder({ key_id, generation: generation! });
    return caller && { ...caller, session };
  }

  return {
    ...createGroup('sessions', [reader, checker]),
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
      noteEnd(id);
    },

    /** Calls `ended` once if the caller's session or key ends. Returns how to stop that. */
    watch(caller: Caller, ended: () => void): () => void {
      if (!caller.session) return keys.watch(caller, ended);
      // If it has just ended, the next pass says so.
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
