/**
 * The sessions of the dashboard. Only the SHA-256 of a secret is here. A session that has ended is deleted; one that
 * has expired MongoDB deletes.
 */
import type { SessionStore } from '@cyberstroll/access';
import type { Database } from '../mongodb/models/database';

/** Open sessions of one API key. One more ends the oldest of them. */
export const MAX_SESSIONS_PER_KEY = 1_000;

export function createSessionStore(db: Database): SessionStore {
  return {
    async add(session) {
      await db.sessions.insertOne(session);
      const { caller_id } = session;
      const beyond = db.sessions.find({ caller_id }, { projection: { _id: 1 } });
      const ended = await beyond.sort({ expires: -1 }).skip(MAX_SESSIONS_PER_KEY).limit(MAX_SESSIONS_PER_KEY).toArray();
      if (ended.length > 0) await db.sessions.deleteMany({ _id: { $in: ended.map(({ _id }) => _id) } });
    },
    // A session that a failover takes back was never open, and an end that it takes back was none.
    findOpen: (ids) => db.sessions.find({ _id: { $in: [...ids] } }, { readConcern: 'majority' }).toArray(),
    async end(id) {
      await db.sessions.deleteOne({ _id: id });
    },
  };
}
