/**
 * What a backup and a restore ask MongoDB for beside mongodump and mongorestore, which read and write all data.
 * Nothing of the services' own connection is used: they have stopped, or do not notice.
 */
import type { ApiKey } from '@cyberstroll/contracts';
import { type MongoAddress, openConnection } from '../mongodb/connection/connection';
import { type Hello, isMongos } from '../mongodb/connection/inspect-members';
import { createDatabase, getDatabaseTime } from '../mongodb/models/database';

const POOL = { maxPoolSize: 2, waitQueueTimeoutMS: 60_000 };

/** Connects once. Rejects with the driver's error. */
export async function openForBackup(address: MongoAddress) {
  const connection = await openConnection(address, POOL);
  const db = createDatabase(() => connection);
  const { credentials, tls } = connection.getClient().options;
  return {
    /** The database of the URI. */
    database: connection.db!.databaseName,
    /** Whether the connection uses TLS. */
    tls,
    /** The URI without its database, which mongodump takes for the only one to dump; the same user logs in. */
    toolUri: toWholeUri(address.uri, credentials?.source),
    async readKind(): Promise<'replica set' | 'sharded cluster' | 'single server'> {
      const hello = (await connection.db!.command({ hello: 1 })) as Hello;
      if (isMongos(hello)) return 'sharded cluster';
      return hello.setName ? 'replica set' : 'single server';
    },
    /** The instances of services that hold a lease that has not expired. */
    async findWorkers(): Promise<string[]> {
      const now = await getDatabaseTime(db);
      const leases = await db.leases.find({ expires: { $gt: now } }, { projection: { owner: 1 } }).toArray();
      return [...new Set(leases.map(({ owner }) => owner))].sort();
    },
    isEmpty: async () => (await connection.db!.listCollections({}, { nameOnly: true }).toArray()).length === 0,
    drop: () => connection.dropDatabase(),
    /** The API keys that are valid, without secrets. */
    listKeys: () =>
      db.apiKeys
        .find<Pick<ApiKey, 'key_id' | 'name' | 'role'>>(
          { active: true },
          { projection: { _id: 0, key_id: 1, name: 1, role: 1 } },
        )
        .sort({ key_id: 1 })
        .toArray(),
    close: () => connection.close(),
  };
}

function toWholeUri(uri: string, authSource: string | undefined): string {
  const [, hosts, options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(?:\?(.*))?$/.exec(uri)!;
  // Without it the user would be looked for in another database. SRV records may name one, too.
  const isSaid = authSource === undefined || /(?:^|&)authSource=/i.test(options);
  const all = [options, isSaid ? '' : `authSource=${encodeURIComponent(authSource)}`].filter(Boolean);
  return `${hosts}/?${all.join('&')}`;
}
