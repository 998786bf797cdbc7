import * as z from 'zod';
import { nameSchema, poolSchema, reasonSchema } from '../../fields/fields';
import { nodeSchema, nodeStatusSchema } from '../../messages/heartbeat';
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
