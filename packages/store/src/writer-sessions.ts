/**
 * A writer that dies inside a transaction leaves what it wrote locked until the database gives the transaction up, after a
 * minute; whoever gets its batch delivered again would wait so long. So each writer keeps a lease on every session that it writes
 * under, and who is held up ends the sessions whose lease has run out. One that loses the database in the midst of a
 * transaction has left it behind too, and ends that session itself as soon as it is back.
 *
 * A writer that lives but let its lease run out (it stood still) loses a transaction by that, and decides it anew.
 */
import { type ClientSession, type Connection, mongo } from 'mongoose';
import { inTransaction, isUnreachable } from './connection';
import { LEASE_PREFIX } from './lease-prefix';
import type { Models } from './models/create-models';

export interface WriterSessions {
  /** Runs `body` in a transaction of this writer's, again where it collides; held up by a dead writer, it ends what that one left. */
  transact<T>(body: (session: ClientSession) => Promise<T>): Promise<T>;
  /** Takes the lease of a session, before it writes. */
  keep(session: ClientSession): Promise<void>;
  /** Ends the sessions that their writers have left behind; resolves with how many. At most once a second. */
  endAbandoned(): Promise<number>;
  /** Gives back every lease. */
  stop(): Promise<void>;
}

const PREFIX = LEASE_PREFIX.session;
const RENEWALS_PER_TTL = 3;
/** A session that has not written for so long has no transaction open. */
const IDLE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
/** Held up for longer, a transaction looks for one that a dead writer left behind. */
const HELD_UP_MS = 1_000;

interface Lease {
  _id: string;
  owner: string;
  expires: Date;
}

export function createWriterSessions(
  connection: Connection,
  models: Models,
  { owner, ttlMs = 5_000 }: { owner: string; ttlMs?: number },
): WriterSessions {
  const leases = models.leases.collection as unknown as mongo.Collection<Lease>;
  /** By lease name: when it wrote last. */
  const kept = new Map<string, number>();
  /** Lease names of sessions that may have a transaction open which nobody goes on with. */
  const left = new Set<string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const timer = setInterval(() => void renew().catch(() => undefined), ttlMs / RENEWALS_PER_TTL).unref();

  async function getDatabaseTime(): Promise<number> {
    const { localTime } = (await connection.db!.command({ hello: 1 })) as unknown as { localTime: Date };
    return localTime.getTime();
  }

  async function take(names: readonly string[]): Promise<void> {
    const expires = new Date((await getDatabaseTime()) + ttlMs);
    const operations = names.map((_id) => ({
      updateOne: { filter: { _id }, update: { $set: { owner, expires } }, upsert: true },
    }));
    await leases.bulkWrite(operations, { ordered: false });
  }

  async function renew(): Promise<void> {
    const idle = [...kept].filter(([, wroteAt]) => performance.now() - wroteAt > IDLE_MS).map(([name]) => name);
    for (const name of idle) kept.delete(name);
    if (idle.length > 0) await leases.deleteMany({ _id: { $in: idle }, owner });
    if (kept.size > 0) await take([...kept.keys()]);
    for (const name of left) await end({ _id: name, owner });
  }

  /** Ends a session that nobody goes on with, and its lease where it is still as it was found. */
  async function end(lease: Pick<Lease, '_id'> & Partial<Lease>): Promise<void> {
    const id = new mongo.Binary(Buffer.from(lease._id.slice(PREFIX.length), 'hex'), mongo.Binary.SUBTYPE_UUID);
    await connection
      .getClient()
      .db('admin')
      .command({ killSessions: [{ id }] });
    left.delete(lease._id);
    await leases.deleteOne(lease);
  }

  const writerSessions: WriterSessions = {
    async transact(body) {
      const begun = performance.now();
      let name: string | undefined;
      try {
        return await inTransaction(connection, async (session) => {
          name = toName(session);
          await writerSessions.keep(session);
          if (performance.now() - begun > HELD_UP_MS) await writerSessions.endAbandoned();
          return body(session);
        });
      } catch (error) {
        if (name !== undefined && isUnreachable(error) && kept.delete(name)) left.add(name);
        throw error;
      }
    },
    async keep(session) {
      const name = toName(session);
      left.delete(name);
      if (!kept.has(name)) await take([name]);
      kept.set(name, performance.now());
    },
    async endAbandoned() {
      if (performance.now() - lookedAt < LOOK_EVERY_MS) return 0;
      lookedAt = performance.now();
      const now = await getDatabaseTime();
      const found = await leases.find({ _id: { $gte: PREFIX, $lt: `${PREFIX}~` } }).toArray();
      const abandoned = found.filter(({ _id, expires }) => expires.getTime() < now && !kept.has(_id));
      for (const { _id, expires } of abandoned) await end({ _id, expires });
      return abandoned.length;
    },
    async stop() {
      clearInterval(timer);
      if (kept.size > 0) await leases.deleteMany({ _id: { $in: [...kept.keys()] }, owner }).catch(() => undefined);
    },
  };
  return writerSessions;
}

const toName = ({ id }: ClientSession) => `${PREFIX}${Buffer.from(id!.id.buffer).toString('hex')}`;
