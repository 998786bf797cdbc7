import type { Connection } from 'mongoose';
import { createDatabase, type Database } from '../models/database';
import { type ConnectionPool, type MongoAddress, openConnection } from './connection';

/** Few at a time read what may be millions of documents. A window takes 20 s at most, and few wait for one. */
const POOL: ConnectionPool = { maxPoolSize: 4, waitQueueTimeoutMS: 60_000 };

/**
 * Connections for reads that take long, so that these hold none that a request waits for. They are opened by the first
 * read: most processes have none.
 */
export function createExportConnection(address: MongoAddress): {
  open: () => Promise<Database>;
  close: () => Promise<void>;
} {
  let opening: Promise<Connection> | undefined;
  return {
    async open() {
      opening ??= openConnection(address, POOL).catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      const connection = await opening;
      return createDatabase(() => connection);
    },
    async close() {
      const connection = await opening?.catch(() => undefined);
      await connection?.close();
    },
  };
}
