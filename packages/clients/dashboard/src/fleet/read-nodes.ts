import { type Node, paginate } from '@cyberstroll/client';
import { client } from '../api/session';

/** Nodes that a page shows at most. */
const MOST = 5_000;

/** All nodes, by name. */
export async function readNodes(signal: AbortSignal): Promise<Node[]> {
  const nodes: Node[] = [];
  const pages = paginate((page) => client.GET('/api/nodes', { params: { query: { ...page, limit: 1_000 } }, signal }));
  for await (const node of pages) {
    nodes.push(node);
    if (nodes.length === MOST) break;
  }
  return nodes;
}

export const toNodePath = (nodeId: string): string => `/nodes/${encodeURIComponent(nodeId)}`;
