import type { ClientSession, Connection } from 'mongoose';
import { inTransaction } from './connection';

/** SnapshotTooOld, SnapshotUnavailable: a new snapshot may do. */
const NEEDS_NEW_SNAPSHOT: ReadonlySet<unknown> = new Set([239, 246]);
const MAX_TRIES = 3;

export type ReadSnapshot = <T>(connection: Connection, body: (session: ClientSession) => Promise<T>) => Promise<T>;

/** Connections whose server was seen to read one moment in a snapshot session. */
const trusted = new WeakSet<Connection>();

export const trustSnapshotSessions = (connection: Connection): void => void trusted.add(connection);

/**
 * Runs `body`, which only reads, on one snapshot of what a majority has. Nothing is committed: MongoDB commits even a
 * transaction without a write by a write of its own to the oplog, and waits for the majority to have it. A snapshot
 * session has no commit. Some servers ignore that a session is one, and SecantusDB's gave torn reads: until a server is
 * seen to do better, this is a transaction that is aborted at its end.
 */
export const readSnapshot: ReadSnapshot = (connection, body) =>
  trusted.has(connection) ? readInSession(connection, body) : readAndAbort(connection, body);

export const readAndAbort: ReadSnapshot = (connection, body) =>
  inTransaction(connection, async (session) => {
    const result = await body(session);
    await session.abortTransaction();
    return result;
  });

export const readInSession: ReadSnapshot = async (connection, body) => {
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
};
