import { type Diagnosis, fail, type TlsMaterial, warn } from '@cyberstroll/runtime';
import { type Connection, mongo } from 'mongoose';
import { diagnoseSet, type Hello } from './inspect-members';

interface Shard {
  _id: string;
  /** `set/host:port,host:port` */
  host: string;
}

/** The shards behind a mongos. Each shard is asked directly, because a mongos does not say which members it has. */
export async function inspectShards(
  connection: Connection,
  { uri, tls, selectMs }: { uri: string; tls: TlsMaterial; selectMs: number },
): Promise<Diagnosis[]> {
  const check = 'mongodb shards';
  try {
    const answer = await connection.getClient().db('admin').command({ listShards: 1 });
    const shards: Shard[] = answer['shards'];
    if (shards.length === 0) return [fail(check, 'there are none', 'sh.addShard(...)')];
    return await Promise.all(shards.map((shard) => inspectShard(shard, { uri, tls, selectMs })));
  } catch (error) {
    if (!(error instanceof mongo.MongoServerError)) throw error;
    const remedy = 'look with a user that has clusterMonitor, or run sh.status() with one';
    return [warn(check, `cannot be listed: ${error.message}`, remedy)];
  }
}

async function inspectShard(
  { _id, host }: Shard,
  { uri, tls, selectMs }: { uri: string; tls: TlsMaterial; selectMs: number },
): Promise<Diagnosis> {
  const check = `mongodb shard ${_id}`;
  // `hello` needs no user. A user of mongos does not exist on a shard.
  const client = new mongo.MongoClient(toShardUri(uri, host), {
    ...tls,
    serverSelectionTimeoutMS: selectMs,
    connectTimeoutMS: selectMs,
  });
  try {
    const hello: Hello = await client.db('admin').command({ hello: 1 });
    return diagnoseSet(check, hello, { isShard: true });
  } catch (error) {
    const found = `cannot be reached from here: ${(error as Error).message}`;
    return warn(check, found, 'look on it with rs.conf(): three members with data, no arbiter');
  } finally {
    await client.close();
  }
}

/** The URI of a shard's members, with the TLS options of mongos. */
function toShardUri(uri: string, host: string): string {
  const [set, hosts] = host.includes('/') ? host.split('/', 2) : [undefined, host];
  const [, query = ''] = uri.split('?', 2);
  const options = new URLSearchParams([...new URLSearchParams(query)].filter(([name]) => /^(tls|ssl)/i.test(name)));
  if (uri.startsWith('mongodb+srv:') && !/(^|&)(tls|ssl)=/i.test(query)) options.set('tls', 'true');
  if (set) options.set('replicaSet', set);
  return `mongodb://${hosts}/?${options}`;
}
