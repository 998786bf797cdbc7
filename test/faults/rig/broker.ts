import { type ClusterNode, rabbitmqCluster } from '@cyberstroll/local';
import { openFront } from './front';

export interface RigBroker {
  nodes: readonly ClusterNode[];
  whenWhole(): Promise<void>;
  /** The cluster by one address. */
  url?: string;
  /** What the stack uses instead of a broker of its own: every node's address, and the management API by one. */
  environment: Record<string, string>;
  end(): Promise<void>;
}

/**
 * A cluster of `size` nodes; if `size` is 0, the stack's own broker is used. A node is started again only by the code
 * that stopped it.
 */
export async function startBroker(size: number): Promise<RigBroker> {
  const nothing = () => Promise.resolve();
  if (size === 0) return { nodes: [], whenWhole: nothing, environment: {}, end: nothing };
  const cluster = await rabbitmqCluster(size);
  const front = await openFront(cluster.urls);
  const management = await openFront(cluster.nodes.map(({ management_url }) => management_url));
  const others = cluster.urls.slice(1).map((url) => new URL(url).host);
  return {
    nodes: cluster.nodes,
    whenWhole: cluster.whenSafeToStop,
    url: front.url,
    environment: {
      RABBITMQ_URL: [cluster.urls[0], ...others].join(','),
      RABBITMQ_MANAGEMENT_URL: management.url,
    },
    async end() {
      await Promise.all([front.close(), management.close()]);
      await cluster.cleanup();
    },
  };
}
