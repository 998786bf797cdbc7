import { listNodesQuerySchema, nodeViewSchema, removeNodeQuerySchema } from '../fleet/node';
import { nodeHistorySchema } from '../fleet/node-history';
import { type Operation, pageOf } from '../openapi/operation';

/** The operations of the tag `nodes`. */
export const NODE_OPERATIONS = {
  listNodes: {
    method: 'GET',
    path: '/api/nodes',
    tag: 'nodes',
    summary: 'List the scanner nodes by name',
    role: 'viewer',
    networks: 'refused',
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
    networks: 'refused',
    answers: { 200: { when: 'The node, with all that it holds', body: nodeViewSchema } },
    problems: ['node_not_found'],
  },
  removeNode: {
    method: 'DELETE',
    path: '/api/nodes/{node_id}',
    tag: 'nodes',
    summary: 'Remove a scanner node that will not return',
    description:
      'It is no longer listed, and its alert `node_silent` ends. Refused while the node is alive. A removed node that ' +
      'sends a heartbeat is a new node.',
    role: 'operator',
    networks: 'refused',
    query: removeNodeQuerySchema,
    answers: { 200: { when: 'The node as it was', body: nodeViewSchema } },
    problems: ['node_not_found', 'node_alive'],
  },
  getNodeHistory: {
    method: 'GET',
    path: '/api/nodes/{node_id}/history',
    tag: 'nodes',
    summary: 'Read the last hour of a scanner node, one sample each minute',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The samples of the minutes in which it was heard', body: nodeHistorySchema } },
    problems: ['node_not_found'],
  },
} as const satisfies Record<string, Operation>;
