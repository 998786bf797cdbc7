import { Router } from 'express';
import { addOperations } from './add-operations';
import type { AppDeps } from './app-deps';

/** The scanner nodes: list and read them. */
export function createNodesRouter({ store: { nodes } }: Pick<AppDeps<'nodes'>, 'store'>): Router {
  const router = Router();
  addOperations(router, {
    listNodes: async ({ query }) => ({ body: await nodes.findPage(query) }),
    getNode: async ({ params }) => ({ body: await nodes.getNode(params.node_id) }),
  });
  return router;
}
