import type { mongo } from 'mongoose';

/**
 * Changes the document that each filter names, where there is one, each by itself; returns how many it has changed. An updateMany
 * does the same in MongoDB. In SecantusDB it keeps the whole collection locked while it waits for a transaction that has changed
 * one of them, and that transaction, at its next write, waits for the lock: both for ever. So whatever transactions write too is
 * changed like this.
 */
export async function updateEach<Content extends mongo.Document>(
  collection: mongo.Collection<Content>,
  filters: readonly mongo.Filter<Content>[],
  update: mongo.UpdateFilter<Content>,
): Promise<number> {
  if (filters.length === 0) return 0;
  const writes = filters.map((filter) => ({ updateOne: { filter, update } }));
  return (await collection.bulkWrite(writes, { ordered: false })).modifiedCount;
}
