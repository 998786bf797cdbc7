import * as z from 'zod';
import { taskIdSchema } from '../fields/fields';

/** Tasks that a subscriber to all tasks may name: a page of a list has no more. */
export const MAX_NAMED_TASKS = 100;

/** What a client says on the WebSocket of all tasks: from now on it wants the progress of these tasks alone. */
export const namedTasksSchema = z.strictObject({ task_ids: z.array(taskIdSchema).max(MAX_NAMED_TASKS) });
