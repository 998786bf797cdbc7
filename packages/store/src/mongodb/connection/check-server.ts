/**
 * Some servers speak MongoDB's protocol and break what the store relies on: they run a repeated write twice, mix two
 * moments in one snapshot, or let one of two writers lose. Nobody notices before counters are wrong. So a service tries
 * these things once, at its start, on a document of its own, and the doctor does the same.
 */
import { randomUUID } from 'node:crypto';
import { type ClientSession, type Connection, mongo } from 'mongoose';
import { COLLECTIONS } from '../models/collections';
import type { ServerCheckDocument } from '../models/documents';
import { WRITE_CONFLICT } from '../queries/mongo-errors';
import { HAS_NO_TRANSACTIONS } from './connection';
import { type ReadSnapshot, readAndAbort, readInSession, trustSnapshotSessions } from './read-snapshot';

/** A check takes less than a second. What a killed process leaves is deleted after this. */
const KEPT_MS = 3_600_000;

/**
 * What the server does wrong, for an operator. Rejects where it cannot be tried, as while there is no
 * primary.
 */
export async function findServerFault(connection: Connection): Promise<string | undefined> {
  const _id = randomUUID();
  const checks: Checks = connection.collection<ServerCheckDocument>(COLLECTIONS.serverChecks.name);
  try {
    await checks.insertOne({ _id, count: 0, expires: new Date(Date.now() + KEPT_MS) });
    return (
      (await findRepeatedWrite(connection, checks, _id)) ??
      (await findTornRead(connection, checks, _id)) ??
      (await findLostConflict(connection, checks, _id))
    );
  } catch (error) {
    if (!(error instanceof mongo.MongoServerError && HAS_NO_TRANSACTIONS.has(error.code))) throw error;
    return `it refuses transactions and retryable writes: ${toAnswer(error)}`;
  } finally {
    await checks.deleteOne({ _id }).catch(() => undefined);
  }
}

type Checks = mongo.Collection<ServerCheckDocument>;

const ADD_ONE = { $inc: { count: 1 } };

const findCount = async (checks: Checks, _id: string, session?: ClientSession): Promise<number | undefined> =>
  (await checks.findOne({ _id }, { session }))?.count;

/**
 * After a lost reply the driver sends a write again, with the same session and number. The SecantusDB in Python, on
 * which the demo may run, carries it out twice: it is for trials, and no counter is written outside a transaction.
 */
async function findRepeatedWrite(connection: Connection, checks: Checks, _id: string): Promise<string | undefined> {
  const { secantusVersion } = await connection.db!.command({ buildInfo: 1 });
  if (secantusVersion !== undefined) return undefined;
  return connection.getClient().withSession(async (session) => {
    await checks.updateOne({ _id }, ADD_ONE, { session });
    const txnNumber = mongo.Long.fromNumber(session.serverSession.txnNumber);
    await connection.db!.command(
      { update: checks.collectionName, updates: [{ q: { _id }, u: ADD_ONE }], txnNumber },
      { session },
    );
    if ((await findCount(checks, _id)) === 1) return undefined;
    return 'it carries out a write twice that is sent again with the same lsid and txnNumber';
  });
}

/**
 * A task and its counters are read at one moment. A transaction must do that. A snapshot session costs less, and is
 * used from now on if it does too.
 */
async function findTornRead(connection: Connection, checks: Checks, _id: string): Promise<string | undefined> {
  const isTorn = (read: ReadSnapshot) =>
    read(connection, async (session) => {
      const before = await findCount(checks, _id, session);
      await checks.updateOne({ _id }, ADD_ONE);
      return before !== (await findCount(checks, _id, session));
    });
  if (await isTorn(readAndAbort)) return 'a transaction sees what was written after its first read';
  if (!(await isTorn(readInSession))) trustSnapshotSessions(connection);
  return undefined;
}

/** Two updaters that count in one document: the second one fails, and runs again. */
const findLostConflict = (connection: Connection, checks: Checks, _id: string) =>
  connection.getClient().withSession((first) =>
    connection.getClient().withSession(async (second) => {
      for (const session of [first, second]) session.startTransaction({ readConcern: { level: 'snapshot' } });
      await checks.updateOne({ _id }, ADD_ONE, { session: first });
      await findCount(checks, _id, second);
      // mongod refuses it at once. SecantusDB lets it wait for the commit.
      const refusal = checks.updateOne({ _id }, ADD_ONE, { session: second }).then(
        () => undefined,
        (error: unknown) => error,
      );
      await first.commitTransaction();
      return describeRefusal(await refusal);
    }),
  );

function describeRefusal(refusal: unknown): string | undefined {
  if (refusal === undefined) return 'it lets two transactions change one document, and one of the changes is lost';
  if (!(refusal instanceof mongo.MongoServerError)) throw refusal;
  const isLabelled = refusal.hasErrorLabel('TransientTransactionError');
  if (isLabelled && refusal.code === WRITE_CONFLICT) return undefined;
  // An election, for example: it is tried again.
  if (isLabelled) throw refusal;
  const answer = `${toAnswer(refusal)} without the label TransientTransactionError`;
  return `where two transactions write one document it answers ${answer}`;
}

const toAnswer = ({ codeName, code }: mongo.MongoServerError): string => `${codeName ?? 'an error'} (${code})`;
