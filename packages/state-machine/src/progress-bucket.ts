import type { SubTaskStatus } from './subtask-machine';

/** The count of a task's progress that a subtask of a status is part of (contract 3.1): each is in one. */
export const BUCKET_OF_STATUS = {
  PENDING: 'pending_count',
  ASSIGNED: 'assigned_count',
  SCANNING: 'scanning_count',
  RETRYING: 'retry_count',
  COMPLETED: 'completed_count',
  FAILED: 'failed_count',
  TIMEOUT: 'timeout_count',
  CANCELLED: 'cancelled_count',
} as const satisfies Record<SubTaskStatus, string>;

export type ProgressBucket = (typeof BUCKET_OF_STATUS)[SubTaskStatus];
