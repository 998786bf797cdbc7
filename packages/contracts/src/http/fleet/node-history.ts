import * as z from 'zod';
import { countSchema } from '../../fields/fields';
import { heartbeatSchema } from '../../messages/heartbeat';

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
  .describe('A node that was heard, at one moment');
export type NodeSample = z.infer<typeof nodeSampleSchema>;

/** `GET /api/nodes/{node_id}/history`. */
export const nodeHistorySchema = z
  .strictObject({
    interval_seconds: countSchema.describe('Between two samples. A larger gap: the node was not heard then'),
    items: z.array(nodeSampleSchema).describe('The oldest first'),
  })
  .describe('The last hour of a node');
