import type { Database } from '../mongodb/models/database';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';

/** Which updaters there are, so that they share the queues of updates. Times are MongoDB's. */
export interface LiveUpdaters {
  /** Notes for `ttlMs` that this one works, and resolves with the names of all that do. */
  note(name: string, ttlMs: number): Promise<string[]>;
  /** This one has stopped. */
  leave(name: string): Promise<void>;
}

const ID = 'updaters';

export function createLiveUpdaters(db: Database): LiveUpdaters {
  return {
    async note(name, ttlMs) {
      const expires = { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: ttlMs } };
      const isOther = { $and: [{ $gt: ['$$each.expires', '$$NOW'] }, { $ne: ['$$each.name', { $literal: name }] }] };
      const others = { $filter: { input: { $ifNull: ['$updaters', []] }, as: 'each', cond: isOther } };
      const updaters = { $concatArrays: [others, [{ name: { $literal: name }, expires }]] };
      const options = { upsert: true, returnDocument: 'after' } as const;
      const note = () =>
        db.queues.findOneAndUpdate({ _id: ID }, [{ $set: { expires, updaters } }], options).catch((error) => {
          if (isDuplicateKey(error)) return null;
          throw error;
        });
      // Of two that insert it at the same time, one may be refused, or get nothing: then it is there.
      const noted = (await note()) ?? (await note());
      return noted!.updaters!.map((each) => each.name);
    },
    async leave(name) {
      await db.queues.updateOne({ _id: ID }, { $pull: { updaters: { name } } });
    },
  };
}
