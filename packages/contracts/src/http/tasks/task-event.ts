import * as z from 'zod';
import { taskStatusSchema } from '../../documents/task';
import { countSchema, taskIdSchema } from '../../fields/fields';
import { progressUpdateSchema } from '../../messages/progress-update';

/** One change of a task's status, as its history has it. */
export const taskStatusChangeSchema = z
  .object({
    task_id: taskIdSchema,
    status: taskStatusSchema,
    timestamp: z.string().describe('When it changed: ISO 8601'),
    reason: z.string(),
    operator: z.string().describe('The API key or the service that changed it'),
    folded: countSchema.optional().describe('How many changes of a long history this one stands for, if several'),
  })
  .meta({ title: 'Task status change', description: 'One change of the status of a task.' });
export type TaskStatusChange = z.infer<typeof taskStatusChangeSchema>;

/** `GET /api/tasks/{task_id}/events`: the data of each event, by its name. */
export const TASK_EVENTS = {
  progress: progressUpdateSchema,
  status: taskStatusChangeSchema,
  ended: taskStatusChangeSchema,
} as const;
export type TaskEventName = keyof typeof TASK_EVENTS;
