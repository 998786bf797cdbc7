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
