import type { ClientSession, Connection } from 'mongoose';
import { inTransaction } from './connection';

/** SnapshotTooOld, SnapshotUnavailable: a new snapshot may do. */
const NEEDS_NEW_SNAPSHOT: ReadonlySet<unknown> = new Set([239, 246]);
const MAX_TRIES = 3;

/** By connection: whether a snapshot session of its server reads one moment. */
const usable = new WeakMap<Connection, Promise<boolean>>();

/**
 * Runs `body`, which only reads, on one snapshot of what a majority has. Nothing is committed: MongoDB commits even a
 * transaction without a write by a write of its own to the oplog, and waits for the majority to have it. A snapshot
 * session has no commit. SecantusDB's gave torn reads, so there it is a transaction that is aborted at its end; it has
 * no replicas that could lose what was read.
 */
export async function readSnapshot<T>(
  connection: Connection,
  body: (session: ClientSession) => Promise<T>,
): Promise<T> {
  if (!(await hasSnapshotSessions(connection))) {
    return inTransaction(connection, async (session) => {
      const result = await body(session);
      await session.abortTransaction();
      return result;
    });
  }
  for (let tries = 1; ; tries++) {
    const session = connection.getClient().startSession({ snapshot: true });
    try {
      return await body(session);
    } catch (error) {
      if (tries === MAX_TRIES || !NEEDS_NEW_SNAPSHOT.has((error as { code?: unknown }).code)) throw error;
    } finally {
      await session.endSession();
    }
  }
}

function hasSnapshotSessions(connection: Connection): Promise<boolean> {
  const known = usable.get(connection);
  if (known) return known;
  const asked = connection.db!.command({ buildInfo: 1 }).then((info) => !('secantusVersion' in info));
  usable.set(connection, asked);
  asked.catch(() => usable.delete(connection));
  return asked;
}
