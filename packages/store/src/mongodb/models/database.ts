import type { Connection } from 'mongoose';
import { COLLECTIONS, type Collections } from './collections';

export interface Database extends Collections {
  readonly connection: Connection;
}

/**
 * The database behind a connection that may be opened later. Every access calls `getConnection`, which throws until
 * then.
 */
export function createDatabase(getConnection: () => Connection): Database {
  const collections = Object.entries(COLLECTIONS).map(([key, { name }]): [string, PropertyDescriptor] => [
    key,
    { get: () => getConnection().collection(name), enumerable: true },
  ]);
  const connection = { get: getConnection, enumerable: true };
  return Object.defineProperties({}, { connection, ...Object.fromEntries(collections) }) as Database;
}

/** For this long the clock of this process, which is never set, continues MongoDB's clock from its last reading. */
const READ_CLOCK_MS = 10_000;
/** A reading is as late as its answer was slow: one that took longer is used once. */
const PROMPT_MS = 100;
const readings = new WeakMap<Connection, { timeMs: number; readAtMs: number }>();

/**
 * MongoDB's own clock. Everything that expires uses it, so that the clocks of the processes do not matter. It may be
 * early by the time that an answer of MongoDB takes, and is never late: a lease may end a moment too soon.
 */
export async function getDatabaseTime({ connection }: Pick<Database, 'connection'>): Promise<Date> {
  const askedAtMs = performance.now();
  const last = readings.get(connection);
  if (last && askedAtMs - last.readAtMs < READ_CLOCK_MS) return new Date(last.timeMs + askedAtMs - last.readAtMs);
  const { localTime } = await connection.db!.command({ hello: 1 });
  const readAtMs = performance.now();
  if (readAtMs - askedAtMs < PROMPT_MS) readings.set(connection, { timeMs: (localTime as Date).getTime(), readAtMs });
  return localTime as Date;
}
