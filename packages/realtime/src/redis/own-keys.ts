import { readRedisUrl, type TlsMaterial } from '@cyberstroll/runtime';
import { Cluster } from 'ioredis';
import { toMeaning } from './redis-fault';
import { createRedisLinks } from './redis-link';

const BATCH = 500;
const SILENT = { down: () => undefined, up: () => undefined };

/** The keys `cs:*` behind a prefix, for who deletes them all. Rejects if Redis does not answer. */
export async function openOwnKeys({ url, tls, prefix }: { url: string; tls: TlsMaterial; prefix: string }) {
  const read = readRedisUrl(url);
  if ('faults' in read) throw new Error(read.faults.join('; '));
  const links = createRedisLinks({ target: read.target, tls, name: 'cyberstroll-restore', outages: SILENT });
  await links.connect();
  if (links.commands.status !== 'ready') {
    links.disconnect();
    throw new Error(toMeaning(links.findFault() ?? new Error('no answer')));
  }
  const { commands } = links;
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}cs:*`;
  return {
    /** Resolves with how many there were. */
    async deleteAll(): Promise<number> {
      let deleted = 0;
      for (const server of commands instanceof Cluster ? commands.nodes('master') : [commands]) {
        for (let cursor = '', keys: string[]; cursor !== '0'; ) {
          [cursor, keys] = await server.scan(cursor || '0', 'MATCH', pattern, 'COUNT', BATCH);
          // One by one: keys of one command must be of one slot of a cluster.
          for (const count of await Promise.all(keys.map((key) => server.unlink(key)))) deleted += count;
        }
      }
      return deleted;
    },
    close: () => links.disconnect(),
  };
}
