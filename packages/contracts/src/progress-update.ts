import { z } from 'zod';
import { type ProgressSnapshot, progressSchema } from './progress';

/** What a WebSocket subscriber gets (contract 8.2), and what is ours: seq, counts, estimated_remaining, traceparent. */
export const progressUpdateSchema = z.object({
  type: z.literal('progress_update'),
  task_id: z.string(),
  /** Percent. */
  progress: z.number(),
  status: z.string(),
  timestamp: z.string(),
  seq: z.number(),
  counts: progressSchema.omit({ progress_percentage: true }),
  /** Seconds; 0 once ended, null where no rate is known. */
  estimated_remaining: z.number().nullable(),
  /** W3C Trace Context, where the task is traced. */
  traceparent: z.string().optional(),
});
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
