import type { Leadership } from '@cyberstroll/runtime';
import { type Database, getDatabaseTime } from '../mongodb/database';
import { isDuplicateKey } from '../mongodb/mongo-errors';

/**
 * The prefixes of lease names for a task's dispatch and for a writer's session. Any other lease is a sweep leader's.
 */
export const LEASE_PREFIX = { dispatch: 'dispatch:', session: 'session:' } as const;

export interface LeaseStore {
  /** Acquires or renews a lease for `ttlMs`, on the database's clock. False if another owner has it. */
  acquire(name: string, ttlMs: number): Promise<boolean>;
  release(name: string): Promise<void>;
}

/** Replicas that stand by ask once a second, so a dead leader is replaced within 10 s. */
const LEADER_TTL_MS = 7_000;
/** The leader renews its lease after this part of the TTL. Before that, it knows without a request that it leads. */
const RENEW_AFTER = 1 / 3;

/** Leases on the database's clock, so that the clocks of the owners do not matter. */
export function createLeases(db: Database, owner: string): LeaseStore {
  /** Free if it is ours already, expired, or never acquired: an absent field sorts before every time. */
  const isFree = { $or: [{ $eq: ['$owner', owner] }, { $lte: ['$expires', '$$NOW'] }] };

  return {
    async acquire(name, ttlMs) {
      const expires = new Date((await getDatabaseTime(db)).getTime() + ttlMs);
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
    },
    async release(name) {
      await db.leases.deleteOne({ _id: name, owner });
    },
  };
}

/** Leadership of a sweep. The lease lasts `ttlMs` past its last renewal. */
export function createLeadership(leases: LeaseStore, name: string, ttlMs = LEADER_TTL_MS): Leadership {
  const lease = `leader:${name}`;
  let renewAtMs = 0;
  return {
    async isLeader() {
      const askedAtMs = performance.now();
      if (askedAtMs < renewAtMs) return true;
      renewAtMs = 0;
      const isLeader = await leases.acquire(lease, ttlMs);
      if (isLeader) renewAtMs = askedAtMs + ttlMs * RENEW_AFTER;
      return isLeader;
    },
    release: () => leases.release(lease),
  };
}
