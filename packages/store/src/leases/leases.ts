import type { Leadership } from '@cyberstroll/runtime';
import { type Database, getDatabaseTime } from '../mongodb/database';
import { findFields, IN_ONE_ANSWER } from '../mongodb/fields';
import { insertAbsent } from '../mongodb/insert-absent';
import { isDuplicateKey } from '../mongodb/mongo-errors';

/**
 * The prefixes of lease names for a task's dispatch and for a writer's session. Any other lease is a sweep leader's.
 */
export const LEASE_PREFIX = { dispatch: 'dispatch:', session: 'session:' } as const;

export interface LeaseStore {
  /** Acquires or renews a lease for `ttlMs`, on the database's clock. False if another owner has it. */
  acquire(name: string, ttlMs: number): Promise<boolean>;
  /**
   * As `acquire`, for many leases with three commands at the most. Where all are ours already, or have expired, it is
   * one. Resolves with the names of those that are ours.
   */
  acquireAll(names: readonly string[], ttlMs: number): Promise<Set<string>>;
  /**
   * As `acquire`, for a lease that is asked for again and again. While it is fresh it is answered from memory. When it
   * is renewed, one command renews all that were asked for in the last moment.
   */
  keep(name: string, ttlMs: number): Promise<boolean>;
  release(name: string): Promise<void>;
  /** Releases those of these leases that are ours, with one command. */
  releaseAll(names: readonly string[]): Promise<void>;
}

/** Replicas that stand by ask once a second, so a dead leader is replaced within 10 s. */
const LEADER_TTL_MS = 7_000;
/** A kept lease is renewed after this part of its TTL. Before that, it is ours without a request. */
const RENEW_AFTER = 1 / 3;
/**
 * Who stops asking for a lease wants another owner to have it: it is not renewed with the others. A sweep that leads
 * asks every two seconds.
 */
const STILL_WANTED_MS = 2_500;

interface KeptLease {
  askedAtMs: number;
  renewAtMs: number;
}

/**
 * Leases on the database's clock, so that the clocks of the owners do not matter. `now` is this process's clock, in
 * milliseconds, for what is answered from memory.
 */
export function createLeases(db: Database, owner: string, now: () => number = () => performance.now()): LeaseStore {
  /** Free if it is ours already, expired, or never acquired: an absent field sorts before every time. */
  const isFree = { $or: [{ $eq: ['$owner', owner] }, { $lte: ['$expires', '$$NOW'] }] };

  const kept = new Map<string, KeptLease>();
  let renewal: Promise<void> | undefined;

  const toExpiry = async (ttlMs: number) => new Date((await getDatabaseTime(db)).getTime() + ttlMs);
  const isFresh = (lease: KeptLease | undefined) => lease !== undefined && now() < lease.renewAtMs;

  async function acquire(name: string, ttlMs: number): Promise<boolean> {
    const expires = await toExpiry(ttlMs);
    try {
      const lease = await db.leases.findOneAndUpdate(
        { _id: name },
        [
          {
            $set: { owner: { $cond: [isFree, owner, '$owner'] }, expires: { $cond: [isFree, expires, '$expires'] } },
          },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      return lease?.owner === owner;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function acquireAll(names: readonly string[], ttlMs: number): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const expires = await toExpiry(ttlMs);
    const named = { _id: { $in: [...names] } };
    const taken = await db.leases.updateMany({ ...named, $expr: isFree }, { $set: { owner, expires } });
    if (taken.matchedCount === names.length) return new Set(names);
    const found = await findFields(db.leases, named, ['_id', 'owner'], IN_ONE_ANSWER).toArray();
    const owners = new Map(found.map((lease) => [lease._id, lease.owner]));
    const absent = names.filter((name) => !owners.has(name)).map((_id) => ({ _id, owner, expires }));
    // Another owner was first.
    for (const { _id } of await insertAbsent(db.leases, absent)) owners.set(_id, '');
    return new Set(names.filter((name) => (owners.get(name) ?? owner) === owner));
  }

  /** If one of them is no longer ours, it is not known which, and each is asked for alone. */
  async function renewTogether(ttlMs: number): Promise<void> {
    const begunAtMs = now();
    const wanted = [...kept].filter(([, { askedAtMs }]) => begunAtMs - askedAtMs < STILL_WANTED_MS);
    const names = wanted.map(([name]) => name);
    const expires = await toExpiry(ttlMs);
    const { matchedCount } = await db.leases.updateMany({ _id: { $in: names }, owner }, { $set: { expires } });
    if (matchedCount < names.length) return;
    for (const [, lease] of wanted) lease.renewAtMs = begunAtMs + ttlMs * RENEW_AFTER;
  }

  return {
    acquire,
    acquireAll,
    async keep(name, ttlMs) {
      const askedAtMs = now();
      const lease = kept.get(name);
      if (lease) {
        lease.askedAtMs = askedAtMs;
        if (isFresh(lease)) return true;
        renewal ??= renewTogether(ttlMs).finally(() => {
          renewal = undefined;
        });
        await renewal;
        if (isFresh(kept.get(name))) return true;
        kept.delete(name);
      }
      const isOurs = await acquire(name, ttlMs);
      if (isOurs) kept.set(name, { askedAtMs, renewAtMs: askedAtMs + ttlMs * RENEW_AFTER });
      return isOurs;
    },
    async release(name) {
      kept.delete(name);
      await db.leases.deleteOne({ _id: name, owner });
    },
    async releaseAll(names) {
      if (names.length > 0) await db.leases.deleteMany({ _id: { $in: [...names] }, owner });
    },
  };
}

/** Leadership of a sweep. The lease lasts `ttlMs` past its last renewal. */
export function createLeadership(leases: LeaseStore, name: string, ttlMs = LEADER_TTL_MS): Leadership {
  const lease = `leader:${name}`;
  return {
    isLeader: () => leases.keep(lease, ttlMs),
    release: () => leases.release(lease),
  };
}
