import { BUCKET_OF_STATUS, type ProgressBucket, type TaskStatus } from '@cyberstroll/state-machine';
import * as z from 'zod';
import { countSchema } from '../fields/fields';

/** The description of the field that says how far a task is. */
export const SCANNED_SHARE =
  'The share whose scan has ended, from 0 to 100: COMPLETED, FAILED and TIMEOUT. So 100 does not say that all succeeded';

/**
 * A task's progress (contract 3.1): one bucket per subtask, which sum to `total_targets` at every read. `retry_count`
 * is how many are RETRYING now; these count neither as failed nor as timed out. `retries_total` is not a bucket: it
 * counts all retries so far that cost one of `max_retries`.
 */
export const progressSchema = z
  .object({
    total_targets: countSchema,
    pending_count: countSchema,
    assigned_count: countSchema,
    scanning_count: countSchema,
    completed_count: countSchema,
    failed_count: countSchema,
    timeout_count: countSchema,
    retry_count: countSchema,
    cancelled_count: countSchema,
    retries_total: countSchema,
    progress_percentage: z.number().min(0).max(100).describe(SCANNED_SHARE),
  })
  .describe('How many subtasks of a task are in each status');
export type Progress = z.infer<typeof progressSchema>;

/** The buckets alone: they sum to the total. */
export const toBuckets = (progress: Record<ProgressBucket, number>): Record<ProgressBucket, number> =>
  Object.fromEntries(Object.values(BUCKET_OF_STATUS).map((bucket) => [bucket, progress[bucket]])) as Record<
    ProgressBucket,
    number
  >;

/** Counts of the subtasks that have a document. */
export type TouchedCounts = Omit<Record<ProgressBucket, number>, 'pending_count'>;

export const NO_TOUCHED: TouchedCounts = {
  assigned_count: 0,
  scanning_count: 0,
  completed_count: 0,
  failed_count: 0,
  timeout_count: 0,
  retry_count: 0,
  cancelled_count: 0,
};

/** Subtasks that were scanned to an outcome. A cancelled one was not. */
export const countScanned = (c: Pick<TouchedCounts, 'completed_count' | 'failed_count' | 'timeout_count'>): number =>
  c.completed_count + c.failed_count + c.timeout_count;

/** Closed subtasks among the counted. */
export const countClosed = (c: TouchedCounts): number => countScanned(c) + c.cancelled_count;

/** Subtasks that are FAILED or TIMEOUT now: what `error_threshold` is compared with. */
export const countFailed = (c: Pick<TouchedCounts, 'failed_count' | 'timeout_count'>): number =>
  c.failed_count + c.timeout_count;

export const countOpen = (c: TouchedCounts): number => c.assigned_count + c.scanning_count + c.retry_count;

/** What the realtime cache and channel carry: `seq` strictly rises with each change of a task's progress or status. */
export const progressSnapshotSchema = z.object({
  task_id: z.string(),
  status: z.string() as unknown as z.ZodType<TaskStatus>,
  seq: countSchema,
  /** The revision of the task's state: if it has risen, the history may have more. */
  rev: countSchema.optional(),
  /** ISO 8601. */
  timestamp: z.string(),
  progress: progressSchema,
  /**
   * Seconds: at the task's own rate, or the fleet's before its first result. 0 once ended, null where no rate is known,
   * and while no one knows when the task continues.
   */
  estimated_remaining: z.number().min(0).nullable(),
  /** The `traceparent` of the work that led to it, if its task is traced. */
  traceparent: z.string().optional().catch(undefined),
});
export type ProgressSnapshot = z.infer<typeof progressSnapshotSchema>;
