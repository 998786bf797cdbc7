import { mongo } from 'mongoose';
import { DUPLICATE_KEY } from './mongo-errors';

/** Inserts the documents whose `_id` does not exist yet, with one command. Resolves with the others. */
export async function insertAbsent<Content extends mongo.Document>(
  collection: mongo.Collection<Content>,
  documents: readonly mongo.OptionalUnlessRequiredId<Content>[],
): Promise<mongo.OptionalUnlessRequiredId<Content>[]> {
  if (documents.length === 0) return [];
  try {
    await collection.insertMany([...documents], { ordered: false });
    return [];
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
    const failed = [error.writeErrors].flat();
    if (failed.length === 0 || !failed.every(({ code }) => code === DUPLICATE_KEY)) throw error;
    return failed.map(({ index }) => documents[index]!);
  }
}

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
