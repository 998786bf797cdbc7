import * as z from 'zod';
import { countSchema, nameSchema, poolSchema, reasonSchema } from '../../fields/fields';
import { heartbeatSchema, nodeSchema, nodeStatusSchema } from '../../messages/heartbeat';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

/** `GET /api/nodes`: by name. */
export const listNodesQuerySchema = z.strictObject({
  ...pageShape,
  cursor: nameSchema.optional().describe(CURSOR),
  status: nodeStatusSchema.optional(),
  pool: poolSchema.optional(),
});
export type ListNodesQuery = z.infer<typeof listNodesQuerySchema>;

/** `DELETE /api/nodes/{node_id}`: a reason in the query, as for a task. */
export const removeNodeQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** What a node's document says about its processes. Only the monitor sees it. */
export const NODE_PROCESS_FIELDS = {
  instance_since: true,
  former_instances: true,
  rivals: true,
  superseded_instances: true,
  shared_time: true,
} as const;

/**
 * A node as clients see it. A list has the first hundred of its subtasks; `current_task_count` says how many there are.
 * A node that is offline runs none, whatever its last heartbeat said.
 */
export const nodeViewSchema = nodeSchema.omit(NODE_PROCESS_FIELDS).describe('A scanner node, by its last heartbeat');
export type NodeView = z.infer<typeof nodeViewSchema>;

const { cpu_usage, memory_usage } = heartbeatSchema.shape.system_info.shape;

/** Seconds between two samples. Each is kept for an hour. */
export const NODE_SAMPLE_SECONDS = 60;

/** A node at one moment, by its last heartbeat. */
export const nodeSampleSchema = z
  .object({
    timestamp: z.date(),
    slots: z.object({ used: countSchema, total: countSchema }),
    cpu_usage,
    memory_usage,
  })
  .describe('A node that sends heartbeats, at one moment');
export type NodeSample = z.infer<typeof nodeSampleSchema>;

/** `GET /api/nodes/{node_id}/history`. */
export const nodeHistorySchema = z
  .strictObject({
    interval_seconds: countSchema.describe('Between two samples. A larger gap: the node sent no heartbeats then'),
    items: z.array(nodeSampleSchema).describe('The oldest first'),
  })
  .describe('The last hour of a node');

/** Seconds in which is counted together what nodes close, and how many such intervals are kept: an hour. */
export const NODE_COUNT_SECONDS = 300;
export const NODE_COUNT_INTERVALS = 12;
/** Nodes of one answer at most. */
export const MAX_COUNTED_NODES = 5_000;

const countsOfIntervals = z.array(countSchema).length(NODE_COUNT_INTERVALS);
export const nodeCountsSchema = z
  .strictObject({
    node_id: z.string(),
    completed: countsOfIntervals.describe('Addresses that it scanned, by interval, the oldest first'),
    failed: countsOfIntervals.describe(
      'Attempts that failed or timed out on it, also those that are tried again; not what it gave back without a scan',
    ),
  })
  .describe('What a node has closed in the last hour');
export type NodeCounts = z.infer<typeof nodeCountsSchema>;

/** `GET /api/statistics/nodes`. */
export const nodeCountsAnswerSchema = z
  .strictObject({
    since: z.date().describe('The beginning of the first interval'),
    timestamp: z.date().describe('When it was read: the last interval has not ended'),
    interval_seconds: countSchema,
    more: z.boolean().describe(`There are more than ${MAX_COUNTED_NODES.toLocaleString('en')} such nodes`),
    items: z.array(nodeCountsSchema).max(MAX_COUNTED_NODES).describe('By name; a node that closed nothing is left out'),
  })
  .describe('What every node has closed in the last hour');
export type NodeCountsAnswer = z.infer<typeof nodeCountsAnswerSchema>;

/** The operations of the tag `nodes`. */
export const NODE_OPERATIONS = operationsOf('nodes', {
  listNodes: {
    route: 'GET /api/nodes',
    summary: 'List the scanner nodes by name',
    role: 'viewer',
    networks: 'refused',
    query: listNodesQuerySchema,
    answers: { 200: { when: 'A page of nodes', body: pageOf(nodeViewSchema) } },
  },
  getNode: {
    route: 'GET /api/nodes/{node_id}',
    summary: 'Read a scanner node',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The node, with all that it holds', body: nodeViewSchema } },
    problems: ['node_not_found'],
  },
  removeNode: {
    route: 'DELETE /api/nodes/{node_id}',
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
    route: 'GET /api/nodes/{node_id}/history',
    summary: 'Read the last hour of a scanner node, one sample each minute',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The samples of the minutes in which it sent heartbeats', body: nodeHistorySchema } },
    problems: ['node_not_found'],
  },
  getNodeCounts: {
    route: 'GET /api/statistics/nodes',
    summary: 'See what each node has scanned and failed in the last hour',
    description:
      'In intervals of five minutes, of all nodes at once. The state-updaters count; what one of them has counted ' +
      'in the last ten seconds before it is killed is missing.',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The nodes that closed something', body: nodeCountsAnswerSchema } },
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const NODE_ANSWERS = {
  Node: nodeViewSchema,
  NodePage: pageOf(nodeViewSchema),
  NodeHistory: nodeHistorySchema,
  NodeSample: nodeSampleSchema,
  NodeCounts: nodeCountsSchema,
  NodeCountsAnswer: nodeCountsAnswerSchema,
};
