import { listNodesQuerySchema, nameSchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { type Request, Router } from 'express';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { readQuery } from './read-request';

/** The scanner nodes: list and read them. */
export function createNodesRouter({ store }: Pick<AppDeps<'nodes'>, 'store'>): Router {
  const router = Router();

  addRoute(router, '/api/nodes', {
    getReadsQuery: true,
    async get(request, response) {
      response.json(await store.nodes.findPage(readQuery(listNodesQuerySchema, request)));
    },
  });

  addRoute(router, '/api/nodes/:node_id', {
    async get(request, response) {
      response.json(await store.nodes.getNode(readNodeId(request)));
    },
  });

  return router;
}

/** An invalid name gets the answer of an unknown one: 404. */
function readNodeId(request: Request): string {
  const parsed = nameSchema.safeParse(request.params['node_id']);
  if (parsed.success) return parsed.data;
  throw new AppError('node_not_found', { field: 'node_id' });
}
