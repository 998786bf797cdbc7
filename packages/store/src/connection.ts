import { AppError, createOutageLog, delay, type Logger, redactUrl, type TlsMaterial } from '@cyberstroll/runtime';
import { type ClientSession, type Connection, createConnection, Error as MongooseError, mongo } from 'mongoose';

/**
 * What a server answers that is no primary any more or not yet, shuts down, or cannot reach the others: an election or a
 * restart is under way. Not all of it bears a label.
 */
const STATE_CHANGE_CODES = new Set<unknown>([
  6, 7, 89, 91, 189, 262, 9001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

/** Every way in which MongoDB may be out of reach for now. */
export function isUnreachable(error: unknown): boolean {
  // A bulk write's error is one of its own around what went wrong.
  if (error instanceof mongo.MongoBulkWriteError && isUnreachable(error.errorResponse)) return true;
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    // Its own word for the one before, while it connects.
    error instanceof MongooseError.MongooseServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoExpiredSessionError ||
    (error instanceof mongo.MongoError &&
      (STATE_CHANGE_CODES.has(error.code) ||
        error.hasErrorLabel('RetryableWriteError') ||
        error.hasErrorLabel('TransientTransactionError') ||
        error.hasErrorLabel('UnknownTransactionCommitResult') ||
        error.hasErrorLabel('PoolRequestedRetry') ||
        error.name.includes('Pool')))
  );
}

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === 11_000;

/** The SRV record of a mongodb+srv:// URI could not be read: no error of the driver's. */
const isUnresolved = (error: unknown): boolean => !!(error as NodeJS.ErrnoException).syscall?.startsWith('query');

/** An error of the driver as ours; others are given back as they are. */
export function toStoreError(error: unknown): unknown {
  if (!isUnreachable(error)) return error;
  return new AppError('transient', 'mongodb_unavailable', 'MongoDB is out of reach', {}, { cause: error });
}

/**
 * What the promises need, whatever the URI says: reads from the primary, writes that a majority has in its journal, each
 * repeated where a failover came between.
 */
export const PROMISED = {
  readPreference: 'primary',
  // Both names of one option: the driver takes `j` of the URI before `journal` of ours.
  writeConcern: { w: 'majority', j: true, journal: true },
  retryWrites: true,
} as const;

/**
 * Connects and prepares the connection, trying again until both succeed or `signal` aborts. Later losses the driver mends
 * by itself.
 */
export async function connect<Prepared>(
  { uri, tls }: { uri: string; tls: TlsMaterial },
  prepare: (connection: Connection) => Promise<Prepared>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<{ connection: Connection; prepared: Prepared }> {
  const outages = createOutageLog(logger, 'mongodb', { url: redactUrl(uri) });
  for (;;) {
    const connection = createConnection(uri, {
      ...tls,
      ...PROMISED,
      serverSelectionTimeoutMS: 2_000,
      connectTimeoutMS: 5_000,
      socketTimeoutMS: 60_000,
      maxPoolSize: 20,
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
    });
    try {
      await connection.asPromise();
      const prepared = await prepare(connection);
      outages.up('store');
      return { connection, prepared };
    } catch (err) {
      await connection.destroy().catch(() => undefined);
      if (!isUnreachable(err) && !isUnresolved(err)) throw err;
      outages.down('store', err);
      await delay(500, signal);
      if (signal.aborted) throw err;
    }
  }
}

/** Runs `body` in a transaction on one snapshot; transient faults run it again, a lost commit reply only the commit. */
export function inTransaction<T>(connection: Connection, body: (session: ClientSession) => Promise<T>): Promise<T> {
  return connection.getClient().withSession((session) => {
    repeatLostCommits(session);
    return session.withTransaction(() => body(session), {
      readConcern: { level: 'snapshot' },
      readPreference: PROMISED.readPreference,
      writeConcern: PROMISED.writeConcern,
    });
  });
}

/**
 * The driver says a commit again whose reply is lost, but not where it had to send it more than once before: it then leaves out
 * the label by which it would know.
 */
function repeatLostCommits(session: ClientSession): void {
  const commit = session.commitTransaction.bind(session);
  session.commitTransaction = () =>
    commit().catch((error: unknown) => {
      if (error instanceof mongo.MongoNetworkError) error.addErrorLabel('UnknownTransactionCommitResult');
      throw error;
    });
}
