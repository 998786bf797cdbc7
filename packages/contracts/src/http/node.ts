import { z } from 'zod';
import { nameSchema, poolSchema } from '../fields';
import { nodeStatusSchema } from '../heartbeat';
import { pageShape } from './task';

/** `GET /api/nodes`: by name. */
export const listNodesQuerySchema = z.strictObject({
  ...pageShape,
  cursor: nameSchema.optional().describe('`next_cursor` of the page before'),
  status: nodeStatusSchema.optional(),
  pool: poolSchema.optional(),
});
export type ListNodesQuery = z.infer<typeof listNodesQuerySchema>;
