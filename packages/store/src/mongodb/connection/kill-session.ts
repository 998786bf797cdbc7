import { randomBytes } from 'node:crypto';
import { type Diagnosis, ok, warn } from '@cyberstroll/runtime';
import { type Connection, mongo } from 'mongoose';

/** Codes that servers answer if this user, this tier or this kind of server does not have the command. */
const NOT_PERMITTED: ReadonlySet<unknown> = new Set([
  13, // Unauthorized
  20, // IllegalOperation
  59, // CommandNotFound
  115, // CommandNotSupported
  238, // NotImplemented
  8_000, // AtlasError: of Atlas M0 and Flex
]);

/**
 * Ends a session of this database user by its id, in hex, and with it the session's open transaction. Resolves with
 * the error if the command is not permitted; rejects with every other error. It does not find a session of another
 * user, and reports nothing about that.
 */
export async function killSession(connection: Connection, idHex: string): Promise<Error | undefined> {
  const id = new mongo.Binary(Buffer.from(idHex, 'hex'), mongo.Binary.SUBTYPE_UUID);
  try {
    await connection
      .getClient()
      .db('admin')
      .command({ killSessions: [{ id }] });
    return undefined;
  } catch (error) {
    if (error instanceof mongo.MongoServerError && NOT_PERMITTED.has(error.code)) return error;
    throw error;
  }
}

/** Tries the command on a session that does not exist. */
export async function inspectKillSessions(connection: Connection): Promise<Diagnosis> {
  const check = 'mongodb killSessions';
  const refusal = await killSession(connection, randomBytes(16).toString('hex'));
  if (!refusal) return ok(check, 'permitted: what a killed writer leaves open is ended within 20 s');
  const { codeName, code } = refusal as mongo.MongoServerError;
  const answer = `${codeName ?? 'an error'} (${code})`;
  const found = `not permitted: ${answer}; what a killed writer leaves open blocks others for up to 60 s`;
  return warn(check, found, 'use a cluster that permits it (Atlas M0 and Flex do not), or accept that wait');
}
