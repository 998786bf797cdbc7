import type { Leadership } from '@cyberstroll/runtime';
import type { Connection } from 'mongoose';
import type { Models } from '../mongodb/create-models';
import { isDuplicateKey } from '../mongodb/mongo-errors';

export interface LeaseStore {
  /** Takes or renews a lease for `ttlMs`, on the database's clock. False where another owner has it. */
  acquire(name: string, ttlMs: number): Promise<boolean>;
  release(name: string): Promise<void>;
  /** Leadership of a sweep; the lease lasts `ttlMs` (default 7 s) past its last renewal. */
  leadership(name: string, ttlMs?: number): Leadership;
}

/** Leases on the database's clock, so that the clocks of the owners do not matter. */
export function createLeaseStore(
  connection: Connection,
  models: Models,
  owner: string,
): Pick<LeaseStore, 'acquire' | 'release'> {
  const leases = models.leases.collection;
  /** Ours already, run out, or never taken: a field that is absent sorts before every time. */
  const isFree = { $or: [{ $eq: ['$owner', owner] }, { $lte: ['$expires', '$$NOW'] }] };

  async function acquire(name: string, ttlMs: number): Promise<boolean> {
    const { localTime } = (await connection.db!.command({ hello: 1 })) as unknown as { localTime: Date };
    const expires = new Date(localTime.getTime() + ttlMs);
    try {
      const lease = await leases.findOneAndUpdate(
        { _id: name as never },
        [{ $set: { owner: { $cond: [isFree, owner, '$owner'] }, expires: { $cond: [isFree, expires, '$expires'] } } }],
        { upsert: true, returnDocument: 'after' },
      );
      return lease?.['owner'] === owner;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function release(name: string): Promise<void> {
    await leases.deleteOne({ _id: name as never, owner });
  }

  return { acquire, release };
}
