import * as z from 'zod';
import { type ProgressSnapshot, progressSchema } from '../documents/progress';
import { taskIdSchema } from '../fields/fields';

/** Contract 8.2, and what is ours: seq, counts, estimated_remaining, traceparent. */
export const progressUpdateSchema = z
  .object({
    type: z.literal('progress_update'),
    task_id: taskIdSchema,
    progress: z.number().describe('Percent of the addresses that were scanned'),
    status: z.string(),
    timestamp: z.string().describe('ISO 8601'),
    seq: z.number().describe("Rises with each change of the task's progress or status"),
    counts: progressSchema.omit({ progress_percentage: true }),
    estimated_remaining: z
      .number()
      .nullable()
      .describe(
        'Seconds; 0 once ended, null where no rate is known, while it is paused, and while a freeze without an end holds it',
      ),
    traceparent: z.string().optional().describe('W3C Trace Context, where the task is traced'),
  })
  .meta({ title: 'Progress update', description: 'What a WebSocket subscriber of a task gets.' });
export type ProgressUpdate = z.infer<typeof progressUpdateSchema>;

export function toProgressUpdate(snapshot: ProgressSnapshot): ProgressUpdate {
  const { progress_percentage, ...counts } = snapshot.progress;
  return {
    type: 'progress_update',
    task_id: snapshot.task_id,
    progress: progress_percentage,
    status: snapshot.status,
    timestamp: snapshot.timestamp,
    seq: snapshot.seq,
    counts,
    estimated_remaining: snapshot.estimated_remaining,
    ...(snapshot.traceparent !== undefined && { traceparent: snapshot.traceparent }),
  };
}
