/**
 * A private RabbitMQ cluster on loopback: one epmd, nodes that share a cookie. For tests and the nemesis, which stop
 * and kill one node at a time.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeFolder } from '../remove-folder';
import { findFreePort } from './free-port';
import { createEpmd, createRabbitmqNode, type RabbitmqNode } from './rabbitmq-node';

export interface ClusterNode extends Pick<RabbitmqNode, 'node_name' | 'url' | 'management_url' | 'control'> {
  /** undefined while it is down. */
  readonly pid: number | undefined;
  /** Resolves when the node serves clients as a member of the cluster again, on the same ports and data. */
  start(): Promise<void>;
  /** An orderly end. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface RabbitmqCluster {
  readonly nodes: readonly ClusterNode[];
  /** AMQP URLs of all nodes, with credentials, in the order of `nodes`. */
  readonly urls: readonly string[];
  /** One URL that names all of them. */
  readonly url: string;
  /** The same of the management API. */
  readonly management_url: string;
  /**
   * The node that leads a durable quorum queue, or that holds a durable classic one (also while that node is down). It
   * asks a node that runs. Throws when there is no such queue. Takes seconds.
   */
  leaderOf(queue: string, vhost?: string): Promise<ClusterNode>;
  /**
   * Resolves when each running node could stop and leave every quorum queue with a majority: what an operator waits for
   * between two nodes of a rolling upgrade.
   */
  whenSafeToStop(): Promise<void>;
  /** Ends every process and deletes all data. Never throws for a node that is down; may be called twice. */
  cleanup(): Promise<void>;
}

export interface RabbitmqClusterOptions {
  /** For data and logs, one folder a node. A fresh temporary folder unless given; `cleanup` deletes it only then. */
  dir?: string;
  /** How many nodes run at first: all unless given. The others join when they are started. */
  running?: number;
  /** Further lines of every node's `rabbitmq.conf`. */
  settings?: readonly string[];
}

/** Starts nodes that form one cluster, each of them ready. Leaves nothing running when one of them fails. */
export async function rabbitmqCluster(
  size = 3,
  { dir: ownDir, running = size, settings = [] }: RabbitmqClusterOptions = {},
): Promise<RabbitmqCluster> {
  const dir = ownDir ?? mkdtempSync(join(tmpdir(), 'rabbitmq-cluster-'));
  const epmdPort = await findFreePort();
  const epmd = createEpmd(join(dir, 'epmd'), epmdPort);
  const names = Array.from({ length: size }, (_, index) => `rabbit-${index + 1}`);
  const password = randomBytes(16).toString('hex');
  const cookie = randomBytes(16).toString('hex').toUpperCase();
  const servers: RabbitmqNode[] = [];
  for (const name of names) {
    const nodeDir = join(dir, name);
    mkdirSync(nodeDir, { recursive: true });
    writeFileSync(join(nodeDir, '.erlang.cookie'), cookie, { mode: 0o400 });
    const shared = { password, epmd_port: epmdPort, cluster: names, settings };
    servers.push(await createRabbitmqNode({ ...shared, dir: nodeDir, name }));
  }
  const nodes = servers.map(toClusterNode);

  const cleanup = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await epmd.kill();
    if (!ownDir) await removeFolder(dir);
  };
  const findRunning = () => {
    const running = nodes.find((node) => node.pid !== undefined);
    if (!running) throw new Error('no node of the cluster runs');
    return running;
  };

  try {
    await epmd.start();
    const first = nodes.slice(0, running);
    await Promise.all(first.map((node) => node.start()));
    await eachMember(first);
  } catch (error) {
    await cleanup();
    throw error;
  }

  return {
    nodes,
    urls: nodes.map((node) => node.url),
    url: toOneUrl(nodes.map((node) => node.url)),
    management_url: toOneUrl(nodes.map((node) => node.management_url)),
    async leaderOf(queue, vhost = '/') {
      const resource = `rabbit_misc:r(<<"${vhost}">>, queue, <<"${queue}">>)`;
      // What the cluster keeps of each durable queue. Its own look-up leaves a classic queue out whose node is down.
      const lookUp = `[Q] = mnesia:dirty_read(rabbit_durable_queue, ${resource})`;
      const place = 'case amqqueue:get_pid(Q) of {_, Node} -> Node; Pid -> node(Pid) end';
      const answer = (await findRunning().control(['eval', `${lookUp}, ${place}.`])).trim().replaceAll("'", '');
      return nodes.find((node) => node.node_name === answer)!;
    },
    async whenSafeToStop() {
      for (const node of nodes) {
        while (node.pid !== undefined && !(await isSafeToStop(node))) await delay(200);
      }
    },
    cleanup,
  };
}

/** Their credentials are the same. */
const toOneUrl = ([first = '', ...rest]: readonly string[]): string =>
  [first, ...rest.map((url) => new URL(url).host)].join(',');

const toClusterNode = ({ process, node_name, url, management_url, control }: RabbitmqNode): ClusterNode => ({
  node_name,
  url,
  management_url,
  control,
  get pid() {
    return process.pid;
  },
  start: process.start,
  stop: process.stop,
  kill: process.kill,
});

const MEMBERS_WITHIN_MS = 60_000;

/** Resolves when every node counts all of them as running: what the management API says of others is seconds old. */
async function eachMember(nodes: readonly ClusterNode[]): Promise<void> {
  const deadline = performance.now() + MEMBERS_WITHIN_MS;
  for (const node of nodes) {
    for (;;) {
      const members = (await (await get(node, '/api/nodes')).json()) as { name: string; running: boolean }[];
      const running = members.filter((member) => member.running);
      if (running.length === nodes.length) break;
      if (performance.now() > deadline) {
        throw new Error(`${node.node_name} sees ${running.length} of ${nodes.length} nodes run`);
      }
      await delay(200);
    }
  }
}

async function isSafeToStop(node: ClusterNode): Promise<boolean> {
  const response = await get(node, '/api/health/checks/node-is-quorum-critical');
  await response.arrayBuffer();
  return response.ok;
}

function get(node: ClusterNode, path: string): Promise<Response> {
  const { username, password, origin } = new URL(node.management_url);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return fetch(`${origin}${path}`, { headers: { authorization }, signal: AbortSignal.timeout(10_000) });
}
