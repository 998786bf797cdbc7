import { isDuplicateKey } from './connection';
import type { Models } from './models/create-models';
import type { LeaseStore } from './store';

/** Leases on the database's clock, so that the clocks of the owners do not matter. */
export function createLeaseStore(models: Models, owner: string): Pick<LeaseStore, 'acquire' | 'release'> {
  const leases = models.leases.collection;

  async function acquire(name: string, ttlMs: number): Promise<boolean> {
    const isFree = { $or: [{ $eq: ['$owner', owner] }, { $lte: ['$expires', '$$NOW'] }] };
    try {
      const taken = await leases.updateOne(
        { _id: name as never, $expr: isFree },
        [{ $set: { owner, expires: { $add: ['$$NOW', ttlMs] } } }],
        { upsert: true },
      );
      return taken.matchedCount + taken.upsertedCount === 1;
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
