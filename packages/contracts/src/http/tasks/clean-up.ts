import * as z from 'zod';
import { taskStatusSchema } from '../../documents/task';
import { countSchema, taskIdSchema } from '../../fields/fields';

/** `POST /api/tasks/clean-up`: settled tasks that ended more than `expire_days` ago. */
export const cleanUpBodySchema = z
  .strictObject({
    expire_days: z.number().min(0).max(36_500).describe('Days after its end that a task is kept; 0 keeps none'),
    dry_run: z.boolean().default(false).describe('Say what would be deleted, and delete nothing'),
    limit: z.number().int().min(1).max(10_000).default(1_000).describe('The most tasks of one call'),
  })
  .describe('Which tasks are deleted');
export type CleanUpBody = z.input<typeof cleanUpBodySchema>;

export const expiredTaskSchema = z
  .strictObject({
    task_id: taskIdSchema,
    status: taskStatusSchema,
    completed_time: z.date(),
    total_targets: countSchema,
  })
  .describe('A task that ended long ago');
export type ExpiredTask = z.infer<typeof expiredTaskSchema>;

/** These will be deleted in the background, even if a process dies meanwhile; with `dry_run` they would be. */
export const cleanUpOutcomeSchema = z
  .strictObject({
    tasks: z.array(expiredTaskSchema),
    dry_run: z.boolean(),
    more: z.boolean().describe('More tasks have expired than one call takes: call again'),
  })
  .describe('Tasks that will be deleted; with `dry_run`: that would be');
export type CleanUpOutcome = z.infer<typeof cleanUpOutcomeSchema>;
