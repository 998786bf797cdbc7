/**
 * The sessions of the dashboard. Only the SHA-256 of a secret is here. A session that has ended has the number of its
 * end (`createNumberedChanges`). MongoDB deletes it later, and one that has expired.
 */
import type { SessionEnd, SessionStore } from '@cyberstroll/access';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { createNumberedChanges } from '../mongodb/models/numbered-changes';

/** Open sessions of one API key. One more ends the oldest of them. */
export const MAX_SESSIONS_PER_KEY = 1_000;
/** A replica that reads no ends for longer looks up each session that it knows. */
const END_KEPT_MS = 3_600_000;

const OPEN = { change: { $exists: false } };

export function createSessionStore(db: Database, writer: WriterSessions): SessionStore {
  const ends = createNumberedChanges(db, 'session_ends', () => db.sessions);

  const end = (_id: string) =>
    writer.transact(async (session) => {
      const change = await ends.takeNumber(session);
      const $min = { expires: new Date(Date.now() + END_KEPT_MS) };
      await db.sessions.updateOne({ _id, ...OPEN }, { $set: { change }, $min }, { session });
    });

  return {
    async add(session) {
      await db.sessions.insertOne(session);
      const filter = { caller_id: session.caller_id, ...OPEN };
      const beyond = db.sessions.find(filter, { projection: { _id: 1 } });
      const ended = await beyond.sort({ expires: -1 }).skip(MAX_SESSIONS_PER_KEY).limit(MAX_SESSIONS_PER_KEY).toArray();
      for (const { _id } of ended) await end(_id);
    },
    // A session that a failover takes back was never open, and an end that it takes back was none.
    findOpen: (ids) => db.sessions.find({ _id: { $in: [...ids] }, ...OPEN }, { readConcern: 'majority' }).toArray(),
    findEnds: (after, limit) => ends.findAfter<SessionEnd>(after, limit, { change: 1 }),
    end,
  };
}
