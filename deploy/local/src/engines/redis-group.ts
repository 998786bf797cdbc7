/**
 * Several Redis servers that stand in for each other, on loopback: as a cluster, watched by sentinels, or as a plain
 * pair. For tests that kill a master. All of them ask for a password that has every character which a URL must escape.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { removeFolder } from '../remove-folder';
import type { Engine } from './engine';
import { findFreePort } from './free-port';
import { createRedisEngine, createSentinelEngine } from './redis';

export const REDIS_PASSWORD = 'p@ss:w/o?r#d% "\\+é';

export interface RedisGroup {
  /** As `REDIS_URL` names it, with the password. */
  readonly url: string;
  /** The servers that hold data. */
  readonly nodes: readonly Engine[];
  /** The node that takes writes now; in a cluster, those of `key`. Waits until there is one. */
  findMaster(key?: string): Promise<Engine>;
  /** SIGKILL to that node. Its `start()` brings it back on its port. */
  killMaster(key?: string): Promise<Engine>;
  /** One command to a node, with the password. */
  ask(node: Engine, ...command: string[]): Promise<unknown>;
  /** Ends every process and deletes all data. May be called twice. */
  cleanup(): Promise<void>;
}

const AUTH = ['--requirepass', REDIS_PASSWORD, '--masterauth', REDIS_PASSWORD, '--repl-diskless-sync-delay', '0'];
const MASTER_NAME = 'progress';
const quoted = JSON.stringify(REDIS_PASSWORD);

/** Three masters with a replica each; a dead master is replaced about three seconds later. */
export const redisCluster = () =>
  startGroup(async (dir, ask) => {
    const args = (busPort: number) => [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(busPort),
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-node-timeout',
      '1500',
      '--cluster-replica-validity-factor',
      '0',
    ];
    const buses = await Promise.all(Array.from({ length: 6 }, findFreePort));
    const nodes = await Promise.all(
      buses.map((bus, i) => createRedisEngine(join(dir, `node-${i}`), { args: [...AUTH, ...args(bus)] })),
    );
    const masters = nodes.slice(0, 3);
    return {
      nodes,
      all: nodes,
      url: toUrl('redis+cluster', nodes),
      async form() {
        for (const [i, node] of masters.entries()) {
          const first = Math.ceil((i * SLOTS) / masters.length);
          const last = Math.ceil(((i + 1) * SLOTS) / masters.length) - 1;
          await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
          await ask(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
        }
        for (const [i, node] of nodes.entries()) {
          await ask(nodes[0]!, 'CLUSTER', 'MEET', '127.0.0.1', portOf(node), String(buses[i]));
        }
        const says = (node: Engine, text: string) => async () =>
          String(await ask(node, 'CLUSTER', 'INFO')).includes(text);
        for (const node of nodes) await until(says(node, `cluster_known_nodes:${nodes.length}`));
        for (const [i, node] of nodes.slice(3).entries()) {
          await ask(node, 'CLUSTER', 'REPLICATE', String(await ask(masters[i]!, 'CLUSTER', 'MYID')));
        }
        for (const node of nodes) await until(says(node, 'cluster_state:ok'));
        // Each has heard of every replica.
        for (const node of nodes) {
          await until(async () => {
            const ranges = (await ask(node, 'CLUSTER', 'SLOTS')) as unknown[][];
            return ranges.length === masters.length && ranges.every(({ length }) => length === 4);
          });
        }
        for (const node of nodes.slice(3)) await until(() => isInStep(ask, node));
      },
      async findMaster(key = '') {
        const slot = Number(await ask(nodes.find(isUp)!, 'CLUSTER', 'KEYSLOT', key));
        for (const node of nodes.filter(isUp)) {
          const ranges = (await ask(node, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
          const range = ranges.find(([first, last]) => first <= slot && slot <= last);
          const owner = nodes.find((one) => portOf(one) === String(range?.[2][1]));
          if (owner && isUp(owner)) return owner;
        }
        return undefined;
      },
    };
  });

/** A master, a replica and three sentinels, which replace a dead master about three seconds later. */
export const redisSentinel = () =>
  startGroup(async (dir, ask) => {
    const nodes = await createPair(dir);
    const lines = [
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${portOf(nodes[0]!)} 2`,
      `sentinel auth-pass ${MASTER_NAME} ${quoted}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} 1500`,
      `sentinel failover-timeout ${MASTER_NAME} 5000`,
      `requirepass ${quoted}`,
    ];
    const sentinels = await Promise.all([0, 1, 2].map((i) => createSentinelEngine(join(dir, `sentinel-${i}`), lines)));
    const query = `sentinelPassword=${encodeURIComponent(REDIS_PASSWORD)}`;
    return {
      nodes,
      all: [...nodes, ...sentinels],
      url: `${toUrl('redis+sentinel', sentinels)}/${MASTER_NAME}?${query}`,
      async form() {
        await until(() => isInStep(ask, nodes[1]!));
        // Each has found the replica and the other two.
        for (const sentinel of sentinels) {
          await until(async () => {
            const facts = (await ask(sentinel, 'SENTINEL', 'MASTER', MASTER_NAME)) as string[];
            const fact = (name: string) => facts[facts.indexOf(name) + 1];
            return fact('num-slaves') === '1' && fact('num-other-sentinels') === '2';
          });
        }
      },
      findMaster: () => findByRole(ask, nodes),
    };
  });

/** A master and its replica, and nobody who would promote it. `url` is the first master's. */
export const redisPair = () =>
  startGroup(async (dir, ask) => {
    const nodes = await createPair(dir);
    return {
      nodes,
      all: nodes,
      url: toUrl('redis', [nodes[0]!]),
      form: () => until(() => isInStep(ask, nodes[1]!)),
      findMaster: () => findByRole(ask, nodes),
    };
  });

const SLOTS = 16_384;
type Ask = RedisGroup['ask'];

async function createPair(dir: string): Promise<Engine[]> {
  const master = await createRedisEngine(join(dir, 'node-0'), { args: AUTH });
  const args = [...AUTH, '--replicaof', `127.0.0.1 ${portOf(master)}`];
  return [master, await createRedisEngine(join(dir, 'node-1'), { args })];
}

interface Plan {
  nodes: Engine[];
  all: Engine[];
  url: string;
  /** Makes of servers that run what they are to be together. */
  form(): Promise<void>;
  findMaster(key?: string): Promise<Engine | undefined>;
}

/** Leaves nothing running when a part of it fails. */
async function startGroup(toPlan: (dir: string, ask: Ask) => Promise<Plan>): Promise<RedisGroup> {
  const dir = mkdtempSync(join(tmpdir(), 'redis-group-'));
  const { nodes, all, url, form, findMaster } = await toPlan(dir, ask);
  const cleanup = async () => {
    await Promise.all(all.map((engine) => engine.kill()));
    await removeFolder(dir);
  };
  try {
    await Promise.all(all.map((engine) => engine.start()));
    await form();
  } catch (error) {
    await cleanup();
    throw error;
  }
  const group: RedisGroup = {
    url,
    nodes,
    async findMaster(key) {
      let master: Engine | undefined;
      await until(async () => {
        master = await findMaster(key);
        return master !== undefined;
      });
      return master!;
    },
    async killMaster(key) {
      const master = await group.findMaster(key);
      await master.kill();
      return master;
    },
    ask,
    cleanup,
  };
  return group;
}

async function ask(node: Engine, ...[name = '', ...args]: string[]): Promise<unknown> {
  const client = new Redis(node.url, {
    password: REDIS_PASSWORD,
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

const portOf = (node: Engine) => new URL(node.url).port;
const isUp = (node: Engine) => node.pid !== undefined;
const isInStep = async (ask: Ask, replica: Engine) =>
  String(await ask(replica, 'INFO', 'replication')).includes('master_link_status:up');

async function findByRole(ask: Ask, nodes: readonly Engine[]): Promise<Engine | undefined> {
  for (const node of nodes.filter(isUp)) if (((await ask(node, 'ROLE')) as string[])[0] === 'master') return node;
  return undefined;
}

const toUrl = (scheme: string, engines: readonly Engine[]) =>
  `${scheme}://:${encodeURIComponent(REDIS_PASSWORD)}@${engines.map((engine) => `127.0.0.1:${portOf(engine)}`).join(',')}`;

/** On a busy machine all of this takes longer than it says. */
const FORMED_WITHIN_MS = 180_000;

async function until(attempt: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + FORMED_WITHIN_MS;
  for (;;) {
    const done = await attempt().catch((error: Error) => error);
    if (done === true) return;
    if (performance.now() > deadline) throw done || new Error(`not within ${FORMED_WITHIN_MS} ms`);
    await delay(50);
  }
}
