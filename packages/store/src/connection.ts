import { AppError, delay, type Logger, redactUrl } from '@cyberstroll/runtime';
import { type ClientSession, type Connection, createConnection, mongo } from 'mongoose';

/** Every way in which MongoDB may be out of reach for now. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoExpiredSessionError ||
    (error instanceof mongo.MongoError &&
      (error.hasErrorLabel('RetryableWriteError') ||
        error.hasErrorLabel('TransientTransactionError') ||
        error.hasErrorLabel('UnknownTransactionCommitResult') ||
        error.hasErrorLabel('PoolRequestedRetry') ||
        error.name.includes('Pool')))
  );
}

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === 11_000;

/** An error of the driver as ours; others are given back as they are. */
export function toStoreError(error: unknown): unknown {
  if (!isUnreachable(error)) return error;
  return new AppError('transient', 'mongodb_unavailable', 'MongoDB is out of reach', {}, { cause: error });
}

/** Connects, trying again until it can or `signal` aborts. Later losses the driver mends by itself. */
export async function connect(uri: string, logger: Logger, signal: AbortSignal): Promise<Connection> {
  for (let attempt = 1; ; attempt++) {
    const connection = createConnection(uri, {
      serverSelectionTimeoutMS: 2_000,
      connectTimeoutMS: 5_000,
      socketTimeoutMS: 60_000,
      maxPoolSize: 20,
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
    });
    try {
      return await connection.asPromise();
    } catch (err) {
      await connection.destroy().catch(() => undefined);
      if (signal.aborted) throw err;
      if (attempt === 1) logger.warn({ mongodb: redactUrl(uri), err }, 'MongoDB is out of reach');
      await delay(500, signal);
    }
  }
}

/** Runs `body` in a transaction on one snapshot; transient faults run it again, a lost commit reply only the commit. */
export function inTransaction<T>(connection: Connection, body: (session: ClientSession) => Promise<T>): Promise<T> {
  return connection.getClient().withSession((session) =>
    session.withTransaction(() => body(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
    }),
  );
}
