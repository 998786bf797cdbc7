/**
 * A writer that dies inside a transaction leaves its documents locked until the database ends the transaction, after a
 * minute. The writer that gets its batch next would wait that long. So each writer keeps a lease on every session that
 * it writes with, and a blocked writer ends the sessions of writers that have been dead for long enough. A writer may
 * also leave a transaction open when it loses the database in the middle of one, or when its commit is refused. Then
 * it ends that session itself.
 *
 * A slow database makes living writers look dead, because renewing a lease is a write. So a session is ended under two
 * conditions: its owner has renewed none of its leases for three TTLs, and the blocked writer's own renewals were all
 * in time for the last two. If a living writer's transaction is ended all the same, its batch is decided again.
 *
 * Where the server does not permit killSessions (Atlas M0 and Flex), or another database user began the session,
 * nothing is ended. A dead writer's transaction then blocks others until the database ends it:
 * `transactionLifetimeLimitSeconds`, 60 s.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@cyberstroll/runtime';
import type { ClientSession } from 'mongoose';
import { type Database, getDatabaseTime } from '../models/database';
import { LEASE_PREFIX, type LeaseDocument } from '../models/documents';
import { isTransient } from '../queries/mongo-errors';
import { inTransaction } from './connection';
import { killSession } from './kill-session';

export type WriterSessions = ReturnType<typeof createWriterSessions>;

export interface WriterSessionsOptions {
  /** This process's name, for people who read the leases. */
  owner: string;
  /** How long a lease lasts after its last renewal, in milliseconds. Default: 5 s. */
  ttlMs?: number | undefined;
  logger: Logger;
}

const PREFIX = LEASE_PREFIX.session;
const RENEWALS_PER_TTL = 3;
/** A writer is dead when its newest lease expired this many TTLs ago. */
const DEAD_AFTER_TTLS = 2;
/** Only a writer that has kept pace with the database for this many TTLs may call another one dead. */
const CALM_TTLS = 2;
/** A session that has not written for this long has no transaction open. */
const IDLE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
/** A transaction that is blocked for longer looks for transactions that dead writers left open. */
const HELD_UP_MS = 1_000;
/** After a refused killSessions, the next one is sent this much later. */
const ASK_AGAIN_MS = 600_000;

export function createWriterSessions(db: Database, { owner: name, ttlMs = 5_000, logger }: WriterSessionsOptions) {
  /** Unique to this process: an earlier process may have had the same name. */
  const owner = `${name} ${randomUUID()}`;
  const beatMs = ttlMs / RENEWALS_PER_TTL;
  /** By lease name: when the session last wrote. */
  const kept = new Map<string, number>();
  /** Lease names of sessions that may have an open transaction which nobody continues. */
  const left = new Set<string>();
  /** Sessions that are being ended now. */
  const ending = new Map<string, Promise<void>>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  /**
   * When this process or the database was last seen to stall. The time before the start is unknown, so it counts as a
   * stall.
   */
  let stalledAt = performance.now();
  /**
   * When killSessions was last refused. A role may be granted later, or may be missing only while credentials are
   * rotated.
   */
  let refusedAt = Number.NEGATIVE_INFINITY;
  let beatAt = performance.now();
  let isBeating = false;
  let timer: NodeJS.Timeout | undefined;

  /** Notes a stall if the work takes longer than one beat, or fails. */
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
    // The previous beat is still running, or this process stalled.
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

  /** Ends a session that nobody continues, and deletes its lease if it has not changed since it was found. */
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

  /** Leases of writers that have been dead for long enough. */
  async function findAbandoned(): Promise<LeaseDocument[]> {
    const deadBefore = new Date((await getDatabaseTime(db)).getTime() - DEAD_AFTER_TTLS * ttlMs);
    const found = await db.leases.find({ _id: { $gte: PREFIX, $lt: `${PREFIX}~` } }).toArray();
    const living = new Set(found.filter(({ expires }) => expires >= deadBefore).map((lease) => lease.owner));
    return found.filter((lease) => lease.owner !== owner && !living.has(lease.owner));
  }

  const writerSessions = {
    /**
     * Runs `body` in a transaction of this writer, and again after a collision. If a dead writer's transaction blocks
     * it, it ends that one.
     */
    async transact<T>(body: (session: ClientSession) => Promise<T>): Promise<T> {
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
    /** Acquires the lease of a session. Call it before the session writes. */
    async keep(session: ClientSession): Promise<void> {
      const lease = toLeaseName(session);
      left.delete(lease);
      // Ending the session now would also end what it is about to write.
      await ending.get(lease)?.catch(() => undefined);
      if (!kept.has(lease)) await take([lease]);
      kept.set(lease, performance.now());
    },
    /** Ends the sessions that dead writers left open, and resolves with their number. Looks at most once a second. */
    async endAbandoned(): Promise<number> {
      const now = performance.now();
      if (!mayAsk() || now - lookedAt < LOOK_EVERY_MS || now - stalledAt < CALM_TTLS * ttlMs) return 0;
      lookedAt = now;
      const abandoned = await watched(findAbandoned);
      // This process stalled before it looked, or meanwhile: so may the others have.
      if (stalledAt > now) return 0;
      for (const { _id, expires } of abandoned) await end({ _id, expires });
      return abandoned.length;
    },
    /** Begins to renew leases. Call it once the database is connected. */
    start(): void {
      stalledAt = performance.now();
      beatAt = stalledAt;
      timer = setInterval(() => void beat(), beatMs).unref();
    },
    /** Releases every lease. */
    async stop(): Promise<void> {
      clearInterval(timer);
      if (kept.size > 0) await db.leases.deleteMany({ _id: { $in: [...kept.keys()] }, owner }).catch(() => undefined);
    },
  };
  return writerSessions;
}

const toLeaseName = ({ id }: ClientSession) => `${PREFIX}${Buffer.from(id!.id.buffer).toString('hex')}`;
