import type { mongo } from 'mongoose';

/**
 * Changes the document that each filter names, if it exists, one at a time. Resolves with the number that it changed.
 * In MongoDB an updateMany would do the same.
 *
 * In SecantusDB an updateMany keeps the whole collection locked while it waits for a transaction that has changed one
 * of the documents. That transaction waits for the lock at its next write, so both wait for ever. So documents that
 * transactions also write are changed with this function.
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
