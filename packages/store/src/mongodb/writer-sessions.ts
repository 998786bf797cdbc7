/**
 * A writer that dies inside a transaction leaves what it wrote locked until the database gives the transaction up,
 * after a minute; whoever gets its batch delivered again would wait that long. So each writer keeps a lease on every
 * session that it writes under, and a writer that is held up ends the sessions of writers that are long dead. One that
 * loses the database in the midst of a transaction, or whose commit is refused, may have left it open too, and ends
 * that session itself.
 *
 * A slow database makes living writers look dead: their leases are renewed by writes. So a session is ended only where
 * its owner has renewed none of its leases for three TTLs, and only by a writer whose own renewals were all in time
 * for the last two. A transaction that is ended nevertheless is decided again.
 *
 * Where the server does not permit killSessions (Atlas M0 and Flex), or another database user began the session,
 * nothing is ended, and a dead writer's transaction holds others up until the database gives it up:
 * `transactionLifetimeLimitSeconds`, 60 s.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@cyberstroll/runtime';
import type { ClientSession } from 'mongoose';
import { LEASE_PREFIX } from '../leases/leases';
import { inTransaction } from './connection';
import { type Database, getDatabaseTime } from './database';
import type { LeaseDocument } from './documents';
import { killSession } from './kill-session';
import { isTransient } from './mongo-errors';

export interface WriterSessions {
  /**
   * Runs `body` in a transaction of this writer's, again where it collides; held up by a dead writer, it ends what
   * that one left.
   */
  transact<T>(body: (session: ClientSession) => Promise<T>): Promise<T>;
  /** Takes the lease of a session, before it writes. */
  keep(session: ClientSession): Promise<void>;
  /** Ends the sessions that dead writers have left behind; resolves with how many. At most once a second. */
  endAbandoned(): Promise<number>;
  /** Begins to renew leases. Call it once the database is connected. */
  start(): void;
  /** Gives back every lease. */
  stop(): Promise<void>;
}

export interface WriterSessionsOptions {
  /** This process's name, for who reads the leases. */
  owner: string;
  /** A lease lasts so long past its last renewal, in milliseconds; default 5 s. */
  ttlMs?: number | undefined;
  logger: Logger;
}

const PREFIX = LEASE_PREFIX.session;
const RENEWALS_PER_TTL = 3;
/** A writer is dead when its newest lease is over for so many TTLs. */
const DEAD_AFTER_TTLS = 2;
/** Only a writer that has kept pace with the database for so many TTLs can tell. */
const CALM_TTLS = 2;
/** A session that has not written for so long has no transaction open. */
const IDLE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
/** Held up for longer, a transaction looks for one that a dead writer left behind. */
const HELD_UP_MS = 1_000;
/** Where killSessions is refused it is not asked for again for so long. */
const ASK_AGAIN_MS = 600_000;

export function createWriterSessions(
  db: Database,
  { owner: name, ttlMs = 5_000, logger }: WriterSessionsOptions,
): WriterSessions {
  /** Of this process alone: the one before it may have had its name. */
  const owner = `${name} ${randomUUID()}`;
  const beatMs = ttlMs / RENEWALS_PER_TTL;
  /** By lease name: when it wrote last. */
  const kept = new Map<string, number>();
  /** Lease names of sessions that may have a transaction open which nobody goes on with. */
  const left = new Set<string>();
  /** Those that are being ended now. */
  const ending = new Map<string, Promise<void>>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** When this process or the database was last seen to stand still; what was before the start is not known. */
  let stalledAt = performance.now();
  /**
   * When killSessions was refused last; a role may be granted later, or be missing only while credentials are rotated.
   */
  let refusedAt = Number.NEGATIVE_INFINITY;
  let beatAt = performance.now();
  let isBeating = false;
  let timer: NodeJS.Timeout | undefined;

  /** Notes a stall where the work takes longer than a beat, or fails. */
  async function watched<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      const result = await work();
      if (performance.now() - begun > beatMs) stalledAt = performance.now();
      return result;
    } catch (error) {
      stalledAt = performance.now();
      throw error;
    }
  }

  async function beat(): Promise<void> {
    const now = performance.now();
    // The one before is still under way, or this process stood still.
    if (isBeating || now - beatAt > 2 * beatMs) stalledAt = now;
    beatAt = now;
    if (isBeating) return;
    isBeating = true;
    await renew().catch(() => undefined);
    isBeating = false;
  }

  const take = (names: readonly string[]): Promise<void> =>
    watched(async () => {
      const expires = new Date((await getDatabaseTime(db)).getTime() + ttlMs);
      const operations = names.map((_id) => ({
        updateOne: { filter: { _id }, update: { $set: { owner, expires } }, upsert: true },
      }));
      await db.leases.bulkWrite(operations, { ordered: false });
    });

  async function renew(): Promise<void> {
    const idle = [...kept].filter(([, wroteAt]) => performance.now() - wroteAt > IDLE_MS).map(([lease]) => lease);
    for (const lease of idle) kept.delete(lease);
    if (idle.length > 0) await db.leases.deleteMany({ _id: { $in: idle }, owner });
    if (kept.size > 0) await take([...kept.keys()]);
    for (const lease of left) await end({ _id: lease, owner });
  }

  /** Ends a session that nobody goes on with, and its lease where it is still as it was found. */
  function end(lease: Pick<LeaseDocument, '_id'> & Partial<LeaseDocument>): Promise<void> {
    const ended = endOnce(lease).finally(() => ending.delete(lease._id));
    ending.set(lease._id, ended);
    return ended;
  }

  const mayAsk = () => performance.now() - refusedAt > ASK_AGAIN_MS;

  async function endOnce(lease: Pick<LeaseDocument, '_id'> & Partial<LeaseDocument>): Promise<void> {
    const refusal = mayAsk() ? await killSession(db.connection, lease._id.slice(PREFIX.length)) : undefined;
    if (refusal) {
      const effect = 'what a dead writer leaves open blocks others for transactionLifetimeLimitSeconds (60 s)';
      if (refusedAt < 0) logger.warn({ err: refusal, effect }, 'killSessions is not permitted');
      refusedAt = performance.now();
    }
    left.delete(lease._id);
    await db.leases.deleteOne(lease);
  }

  /** Leases of writers that are long dead. */
  async function findAbandoned(): Promise<LeaseDocument[]> {
    const deadBefore = new Date((await getDatabaseTime(db)).getTime() - DEAD_AFTER_TTLS * ttlMs);
    const found = await db.leases.find({ _id: { $gte: PREFIX, $lt: `${PREFIX}~` } }).toArray();
    const living = new Set(found.filter(({ expires }) => expires >= deadBefore).map((lease) => lease.owner));
    return found.filter((lease) => lease.owner !== owner && !living.has(lease.owner));
  }

  const writerSessions: WriterSessions = {
    async transact(body) {
      const begun = performance.now();
      let lease: string | undefined;
      try {
        return await inTransaction(db.connection, async (session) => {
          lease = toLeaseName(session);
          await writerSessions.keep(session);
          if (performance.now() - begun > HELD_UP_MS) await writerSessions.endAbandoned();
          return body(session);
        });
      } catch (error) {
        if (lease !== undefined && isTransient(error) && kept.delete(lease)) left.add(lease);
        throw error;
      }
    },
    async keep(session) {
      const lease = toLeaseName(session);
      left.delete(lease);
      // What ends it now would end what it is about to write.
      await ending.get(lease)?.catch(() => undefined);
      if (!kept.has(lease)) await take([lease]);
      kept.set(lease, performance.now());
    },
    async endAbandoned() {
      const now = performance.now();
      if (!mayAsk() || now - lookedAt < LOOK_EVERY_MS || now - stalledAt < CALM_TTLS * ttlMs) return 0;
      lookedAt = now;
      const abandoned = await findAbandoned();
      for (const { _id, expires } of abandoned) await end({ _id, expires });
      return abandoned.length;
    },
    start() {
      stalledAt = performance.now();
      beatAt = stalledAt;
      timer = setInterval(() => void beat(), beatMs).unref();
    },
    async stop() {
      clearInterval(timer);
      if (kept.size > 0) await db.leases.deleteMany({ _id: { $in: [...kept.keys()] }, owner }).catch(() => undefined);
    },
  };
  return writerSessions;
}

const toLeaseName = ({ id }: ClientSession) => `${PREFIX}${Buffer.from(id!.id.buffer).toString('hex')}`;
