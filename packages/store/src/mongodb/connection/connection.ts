import { backoffMs, createOutageLog, delay, type Logger, redactUrl, type TlsMaterial } from '@cyberstroll/runtime';
import { type ClientSession, type Connection, createConnection, mongo } from 'mongoose';
import { isTransient, toStoreError, wasEnded } from '../queries/mongo-errors';

/**
 * The options that the store's promises need, whatever the URI says: reads go to the primary, a write counts once a
 * majority has it in its journal, and both are retried after a failover.
 */
export const PROMISED = {
  readPreference: 'primary',
  // Both names of one option: the driver prefers `j` of the URI to our `journal`.
  writeConcern: { w: 'majority', j: true, journal: true },
  retryWrites: true,
} as const;

/**
 * Between two checks of the pool of connections for dead ones. The driver's 100 ms cost an idle process 0.15 % of a
 * core, and a dead connection is found anyway when it is used next. The driver has this option, and refuses it in the
 * URI and among a client's own.
 */
const CHECK_POOL_MS = 10_000;

/** Where MongoDB is. */
export interface MongoAddress {
  uri: string;
  tls: TlsMaterial;
  /** For the connections of requests and sweeps, instead of 5,000. */
  waitQueueTimeoutMS?: number | undefined;
}

export interface ConnectionPool {
  maxPoolSize: number;
  /** Who waits longer for a connection of the pool gets an error. */
  waitQueueTimeoutMS: number;
}

/** Of all requests and sweeps of a process. */
const POOL: ConnectionPool = { maxPoolSize: 20, waitQueueTimeoutMS: 5_000 };

/** Connects once. Rejects with the driver's error. */
export async function openConnection({ uri, tls }: MongoAddress, pool: ConnectionPool): Promise<Connection> {
  const client = new mongo.MongoClient(uri, {
    ...tls,
    ...PROMISED,
    ...pool,
    serverSelectionTimeoutMS: 2_000,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 60_000,
  });
  Object.assign(client.options, { minPoolSizeCheckFrequencyMS: CHECK_POOL_MS });
  try {
    await client.connect();
  } catch (err) {
    await client.close().catch(() => undefined);
    throw err;
  }
  const connection = createConnection();
  Object.assign(connection.config, { bufferCommands: false, autoIndex: false, autoCreate: false });
  connection.setClient(client);
  return connection;
}

/**
 * Connects and prepares the connection. Tries again until both succeed or `signal` aborts, and calls `failed` for each
 * failed try. Rejects at once with an error that waiting does not fix, such as an index that conflicts with ours. The
 * driver reconnects after later losses.
 */
export async function connect(
  address: MongoAddress,
  prepare: (connection: Connection) => Promise<unknown>,
  { logger, signal, failed }: { logger: Logger; signal: AbortSignal; failed: (fault: unknown) => void },
): Promise<Connection> {
  const outages = createOutageLog(logger, 'mongodb', { url: redactUrl(address.uri) });
  for (;;) {
    let connection: Connection | undefined;
    try {
      const { waitQueueTimeoutMS = POOL.waitQueueTimeoutMS } = address;
      connection = await openConnection(address, { ...POOL, waitQueueTimeoutMS });
      await prepare(connection);
      outages.up('store');
      return connection;
    } catch (err) {
      await connection?.close().catch(() => undefined);
      if (!isTransient(err)) throw err;
      const fault = toStoreError(err);
      failed(fault);
      outages.down('store', fault);
      await delay(500, signal);
      if (signal.aborted) throw err;
    }
  }
}

/**
 * Runs `body` in a transaction on one snapshot. After a transient fault, or when the transaction was ended from
 * outside, `body` runs again. If the outcome of a commit is unknown, only the commit is sent again.
 */
export function inTransaction<T>(connection: Connection, body: (session: ClientSession) => Promise<T>): Promise<T> {
  return connection.getClient().withSession((session) => {
    repeatCommits(session);
    return session.withTransaction(() => body(session).catch(runAgainWhereEnded), {
      readConcern: { level: 'snapshot' },
    });
  });
}

function runAgainWhereEnded(error: unknown): never {
  if (wasEnded(error)) error.addErrorLabel('TransientTransactionError');
  throw error;
}

/**
 * A commit that the server refuses is sent again for as long as a transaction lives on the server. After that the
 * caller runs everything again.
 */
const REPEAT_COMMITS_MS = 60_000;
const COMMIT_BACKOFF = { baseMs: 20, capMs: 2_000 };

/** IllegalOperation, CommandNotFound, CommandNotSupported: a server without transactions cannot commit one. */
export const HAS_NO_TRANSACTIONS: ReadonlySet<unknown> = new Set([20, 59, 115]);

/** Whether a commit with this error may have happened. After the client was closed, nobody can find out. */
const isUnknown = (error: unknown): error is mongo.MongoError =>
  isTransient(error) &&
  ((error instanceof mongo.MongoServerError && !HAS_NO_TRANSACTIONS.has(error.code)) ||
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError);

/**
 * After an error, a commit may or may not have happened. So the commit is sent again: if the whole transaction ran
 * again, it would find its own work done and report nothing of it. The driver repeats a commit only for errors with a
 * certain label, and at once. This does it for every transient error, with backoff. A server that has aborted the
 * transaction says so, and then the whole transaction runs again.
 */
function repeatCommits(session: ClientSession): void {
  const commit = session.commitTransaction.bind(session);
  let failures = 0;
  let giveUpAt = Number.POSITIVE_INFINITY;
  session.commitTransaction = async () => {
    try {
      await commit();
    } catch (error) {
      if (failures++ === 0) giveUpAt = performance.now() + REPEAT_COMMITS_MS;
      if (isUnknown(error) && !error.hasErrorLabel('TransientTransactionError')) {
        if (performance.now() < giveUpAt) error.addErrorLabel('UnknownTransactionCommitResult');
        await delay(backoffMs(failures, COMMIT_BACKOFF, Math.random()));
      }
      throw error;
    }
  };
}
