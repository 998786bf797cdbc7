import { NODE_SAMPLE_SECONDS } from '@cyberstroll/contracts';
import { Router } from 'express';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The scanner nodes: list and read them, now and in the last hour, and remove one that will not return. */
export function createNodesRouter({
  store: { nodes, nodeSamples },
}: Pick<AppDeps<'nodes' | 'nodeSamples'>, 'store'>): Router {
  const router = Router();
  addOperations(router, {
    listNodes: async ({ query }) => ({ body: await nodes.findPage(query) }),
    getNode: async ({ params }) => ({ body: await nodes.getNode(params.node_id) }),
    async removeNode({ params }) {
      const removed = await nodes.remove(params.node_id, new Date());
      return { change: { before: removed.status }, body: removed };
    },
    async getNodeHistory({ params }) {
      const items = await nodeSamples.find(params.node_id, new Date());
      return { body: { interval_seconds: NODE_SAMPLE_SECONDS, items } };
    },
  });
  return router;
}
