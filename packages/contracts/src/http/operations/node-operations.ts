import { listNodesQuerySchema, nodeViewSchema } from '../node';
import { type Operation, pageOf } from '../operation';

/** The operations of the tag `nodes`. */
export const NODE_OPERATIONS = {
  listNodes: {
    method: 'GET',
    path: '/api/nodes',
    tag: 'nodes',
    summary: 'List the scanner nodes by name',
    role: 'viewer',
    query: listNodesQuerySchema,
    answers: { 200: { when: 'A page of nodes', body: pageOf(nodeViewSchema) } },
    problems: [],
  },
  getNode: {
    method: 'GET',
    path: '/api/nodes/{node_id}',
    tag: 'nodes',
    summary: 'Read a scanner node',
    role: 'viewer',
    answers: { 200: { when: 'The node, with all that it holds', body: nodeViewSchema } },
    problems: ['node_not_found'],
  },
} as const satisfies Record<string, Operation>;
