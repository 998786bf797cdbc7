import * as z from 'zod';
import { labelsSchema } from '../fields/fields';
import { deliveryShape } from './delivery';
import { runChangesSchema } from './schedule';
import { taskSchema } from './task';

/** One end of a task. A task that is retried ends again. */
export const taskEndSchema = taskSchema
  .pick({
    task_id: true,
    name: true,
    labels: true,
    metadata: true,
    task_initiator: true,
    task_type: true,
    task_category: true,
    status: true,
    progress: true,
    created_time: true,
    started_time: true,
    completed_time: true,
    actual_duration: true,
    schedule_id: true,
    planned_time: true,
  })
  .extend({
    labels: labelsSchema.optional(),
    /** The task and its revision: `<task_id>-<rev>`. */
    end_id: z.string(),
    ended_time: z.date(),
    reason: z.string(),
    operator: z.string(),
    changes: runChangesSchema
      .optional()
      .describe('Of a COMPLETED run of a schedule: what changed since the last complete run; absent for the first one'),
  });
export type TaskEnd = z.infer<typeof taskEndSchema>;

const noticeSchema = z.object({ notice_id: z.string(), timestamp: z.date() });

/** The `task_ends` collection: ends that webhooks must still get. MongoDB deletes those not delivered in time. */
export const taskEndDocumentSchema = taskEndSchema.extend({
  notices: z.array(noticeSchema),
  deliveries: z.array(noticeSchema.extend(deliveryShape)),
  /** Of a run of a schedule: until it is compared with the one before, at the latest until then, no webhook gets it. */
  compare_until: z.date().optional(),
  expires: z.date(),
});
export type TaskEndDocument = z.infer<typeof taskEndDocumentSchema>;

/** What a webhook gets of it. */
export const taskWebhookBodySchema = z
  .object({
    delivery_id: z.string().describe('Also in the header `webhook-id`: the same one may come twice'),
    event_id: z.string().describe('`<task_id>-<rev>`: one end of a task, for every receiver the same'),
    type: z.literal('task.ended'),
    timestamp: z.iso.datetime().describe('When the task ended'),
    ...taskEndSchema.omit({
      end_id: true,
      ended_time: true,
      created_time: true,
      started_time: true,
      completed_time: true,
      planned_time: true,
      changes: true,
    }).shape,
    created_time: z.iso.datetime(),
    started_time: z.iso.datetime().optional(),
    completed_time: z.iso.datetime().optional(),
    planned_time: z.iso.datetime().optional().describe('Of a task of a schedule: which of its planned times'),
    changes: runChangesSchema.extend({ planned_time: z.iso.datetime() }).meta({ title: 'Run changes' }).optional(),
  })
  .meta({
    title: 'Task webhook body',
    description: 'A task has ended. Headers and signature are those of Standard Webhooks.',
  });
export type TaskWebhookBody = z.infer<typeof taskWebhookBodySchema>;

export function toTaskWebhookBody(end: TaskEnd, { delivery_id }: { delivery_id: string }): TaskWebhookBody {
  const { end_id, ended_time, created_time, started_time, completed_time, planned_time, changes, ...facts } = end;
  return taskWebhookBodySchema.parse({
    delivery_id,
    event_id: end_id,
    type: 'task.ended',
    timestamp: ended_time.toISOString(),
    ...facts,
    created_time: created_time.toISOString(),
    ...(started_time && { started_time: started_time.toISOString() }),
    ...(completed_time && { completed_time: completed_time.toISOString() }),
    ...(planned_time && { planned_time: planned_time.toISOString() }),
    ...(changes && { changes: { ...changes, planned_time: changes.planned_time.toISOString() } }),
  });
}
