import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { parseManagementUrl, parseRabbitmqUrl } from '@cyberstroll/runtime';

const TIMEOUT_MS = 5_000;

/** RabbitMQ's management API, only ever asked by GET. */
export interface Management {
  /** Rejects where no host of the URL answers. */
  get(path: string): Promise<{ status: number; body: string }>;
  /** The parsed body. Rejects also where the status is not 200. */
  read(path: string): Promise<unknown>;
}

/** A node of the cluster, whether it runs or not. */
export interface ClusterNode {
  name: string;
  running: boolean;
}

/** The fields of a quorum queue that say where it is, and how much goes through it. */
export interface QuorumQueue {
  name: string;
  /** Names of nodes; `online` of those whose replica runs. */
  members: readonly string[];
  online: readonly string[];
  /** Without a majority of its members it has none, and is stopped. */
  leader: string | undefined;
  /** Messages that came in, and that were acknowledged, per second. Absent where RabbitMQ has counted none. */
  rates?: { in_per_second: number; out_per_second: number } | undefined;
}

export interface Replicas {
  queues: readonly QuorumQueue[];
  /** Of the whole cluster. */
  nodes: readonly ClusterNode[];
  /** Members that each queue should have. */
  wanted: number;
}

/**
 * Of several hosts it asks the one that answered last, then the others. Throws AppError fatal where the URL has faults.
 */
export function createManagement(url: string, timeoutMs = TIMEOUT_MS): Management {
  const { protocol, hosts, user = '', password = '' } = parseManagementUrl(url);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const origins = hosts.map(
    ({ hostname, port }) => `${protocol}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`,
  );

  async function get(path: string) {
    let failure: unknown;
    for (const origin of Array.from(origins)) {
      try {
        return await request(origin + path, { authorization, timeoutMs });
      } catch (error) {
        failure = error;
        origins.push(...origins.splice(origins.indexOf(origin), 1));
      }
    }
    throw failure;
  }

  return {
    get,
    async read(path) {
      const { status, body } = await get(path);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      return JSON.parse(body);
    },
  };
}

/** `fetch` would do the same, with 10 MB more memory. */
function request(
  url: string,
  { authorization, timeoutMs }: { authorization: string; timeoutMs: number },
): Promise<{ status: number; body: string }> {
  const options = { headers: { authorization }, signal: AbortSignal.timeout(timeoutMs) };
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) =>
      void text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    (url.startsWith('https:') ? https : http).get(url, options, onResponse).on('error', reject);
  });
}

/**
 * Members of a quorum queue by RabbitMQ's own default, if the cluster has as many nodes: one of three may die.
 */
const ENOUGH_MEMBERS = 3;

/** Reads where the quorum queues of ours are, in a vhost. Rejects where the management API does not answer. */
export async function readReplicas(management: Management, vhost: string): Promise<Replicas> {
  const columns = 'name,type,members,online,leader,message_stats.publish_details.rate,message_stats.ack_details.rate';
  const queues = (await management.read(`/api/queues/${encodeURIComponent(vhost)}?columns=${columns}`)) as {
    name: string;
    type: string;
    members?: string[];
    online?: string[];
    leader?: string;
    message_stats?: { publish_details?: { rate: number }; ack_details?: { rate: number } };
  }[];
  const nodes = (await management.read('/api/nodes?columns=name,running')) as ClusterNode[];
  return {
    queues: queues
      .filter(({ name, type }) => type === 'quorum' && name.startsWith('cs.'))
      .map(({ name, members = [], online = [], leader, message_stats: stats }) => ({
        name,
        members,
        online,
        leader: leader || undefined,
        rates: stats && {
          in_per_second: stats.publish_details?.rate ?? 0,
          out_per_second: stats.ack_details?.rate ?? 0,
        },
      })),
    nodes,
    wanted: Math.min(ENOUGH_MEMBERS, nodes.length),
  };
}

/** The same from the two URLs. Throws AppError fatal where one of them has faults. */
export function createReplicaReader(urls: { url: string; managementUrl: string }): () => Promise<Replicas> {
  const management = createManagement(urls.managementUrl);
  const { vhost } = parseRabbitmqUrl(urls.url);
  return () => readReplicas(management, vhost);
}
