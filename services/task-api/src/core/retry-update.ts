import type { SubTask, SubTaskUpdate } from '@cyberstroll/contracts';

/** An operator's retry of a subtask that rests as failed or timed out: of the attempt that failed, so a repeat is stale. */
export const toRetryUpdate = (
  { task_id, subtask_id, attempt }: Pick<SubTask, 'task_id' | 'subtask_id' | 'attempt'>,
  reason: string,
): SubTaskUpdate => ({ task_id, subtask_id, attempt, status: 'RETRYING', reason });
