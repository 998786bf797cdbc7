import type { ClientSession, mongo } from 'mongoose';
import type { Database } from './database';

/**
 * Changes of a collection that every replica follows. A changed document has the number of its change, of a sequence.
 * The numbers are taken in the transaction that makes the changes, so they are committed in their order: whoever has
 * seen the changes up to a number misses none if it reads those after it.
 */
export function createNumberedChanges<Content extends mongo.Document & { change?: number | undefined }>(
  db: Database,
  sequence: string,
  getCollection: () => mongo.Collection<Content>,
) {
  return {
    /** Holds back every other change until this transaction ends. */
    async takeNumber(session: ClientSession): Promise<number> {
      const options = { upsert: true, returnDocument: 'after', session } as const;
      return (await db.sequences.findOneAndUpdate({ _id: sequence }, { $inc: { value: 1 } }, options))!.value;
    },
    /** A change that a failover may take back is not read: another would get its number. */
    findAfter: <Change extends mongo.Document>(
      after: number,
      limit: number,
      projection: mongo.Document,
    ): Promise<Change[]> =>
      getCollection()
        .find<Change>({ change: { $gt: after } } as mongo.Filter<Content>, { projection, readConcern: 'majority' })
        .sort({ change: 1 })
        .limit(limit)
        .toArray(),
  };
}
