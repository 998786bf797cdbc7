import { z } from 'zod';
import { taskIdSchema } from './fields';

/**
 * One message on `cs.control`, to every node. Says how a task stands, not what changed, and is repeated while it holds,
 * so a lost or repeated one does no harm.
 * - `paused`: claim nothing of it (drop its jobs; they are sent again on resume), let running scans end
 * - `running`: claim it again
 * - `ended`: abort what runs of it, drop its jobs
 */
export const controlSchema = z.object({
  task_id: taskIdSchema,
  state: z.enum(['paused', 'running', 'ended']),
});
export type Control = z.infer<typeof controlSchema>;
