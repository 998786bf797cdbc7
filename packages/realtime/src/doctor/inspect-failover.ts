import { type Diagnosis, fail, ok, type RedisTarget, warn } from '@cyberstroll/runtime';
import type { Cluster, Redis } from 'ioredis';

/** Whether each slot of a cluster has a master, and each master a replica that would follow it. */
export async function inspectCluster(cluster: Cluster): Promise<Diagnosis> {
  const check = 'redis cluster';
  try {
    const ranges = await cluster.cluster('SLOTS');
    const slots = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const alone = new Set(
      ranges.flatMap(([, , master, ...replicas]) =>
        replicas.length === 0 && master ? [`${master[0]}:${master[1]}`] : [],
      ),
    );
    const masters = new Set(ranges.map(([, , master]) => String(master)));
    const found = `${masters.size} masters, ${slots} of 16384 slots`;
    if (slots < 16_384) return fail(check, found, 'redis-cli --cluster fix: tasks of the other slots have no progress');
    if (masters.size < 3) return warn(check, found, 'three masters: with fewer none is replaced when it dies');
    if (alone.size === 0) return ok(check, `${found}, each with a replica`);
    return warn(check, `${found}; without a replica: ${[...alone].join(', ')}`, 'give each master a replica');
  } catch (error) {
    return fail(check, (error as Error).message, 'look at redis-cli cluster info');
  }
}

/** Whether the sentinels can be reached, and are enough to replace the master. */
export async function inspectSentinels(
  { hosts, masterName }: RedisTarget,
  open: (sentinel: RedisTarget['hosts'][number]) => Redis,
): Promise<Diagnosis[]> {
  return Promise.all(
    hosts.map(async (sentinel) => {
      const check = `redis sentinel ${sentinel.host}:${sentinel.port}`;
      const client = open(sentinel);
      let fault = 'it knows no master of that name';
      client.on('error', ({ message }) => {
        fault = message;
      });
      try {
        await client.connect();
        const facts = (await client.call('SENTINEL', 'MASTER', masterName!)) as string[];
        const count = (name: string) => Number(facts[facts.indexOf(name) + 1]);
        const [replicas, others] = [count('num-slaves'), count('num-other-sentinels')];
        const found = `${replicas} replicas, ${others + 1} sentinels`;
        if (replicas === 0) return warn(check, found, 'give the master a replica');
        return others < 2 ? warn(check, found, 'three sentinels, on three hosts') : ok(check, found);
      } catch (error) {
        const message = client.status === 'ready' ? (error as Error).message : fault;
        return warn(check, `cannot be asked: ${message}`, 'start it, or take it out of REDIS_URL');
      } finally {
        client.disconnect();
      }
    }),
  );
}
