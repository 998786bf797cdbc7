import { countFailed, type Progress, type SubTask, type Task, type WaitingReason } from '@cyberstroll/contracts';

type Internal =
  | 'cursor'
  | 'rev'
  | 'progress_seq'
  | 'settled'
  | 'resumed_time'
  | 'end_hold'
  | 'accepted_failures'
  | 'retry_all'
  | 'clean_up'
  | 'idempotency_key';
export type TaskView = Omit<Task, Internal> & { waiting_reason?: WaitingReason };

/** A task as clients see it: the contract's document without the fields that only services need. */
export function toTaskView(
  task: Task,
  { progress = task.progress, reason }: { progress?: Progress; reason?: WaitingReason | undefined },
): TaskView {
  const {
    cursor,
    rev,
    progress_seq,
    settled,
    resumed_time,
    end_hold,
    accepted_failures,
    retry_all,
    clean_up,
    idempotency_key,
    ...shown
  } = task;
  const error_info = { ...shown.error_info, error_count: countFailed(progress) };
  return { ...shown, error_info, progress, ...(reason && { waiting_reason: reason }) };
}

export type SubTaskView = Omit<SubTask, 'lease_id' | 'has_open_ports'> & { waiting_reason?: WaitingReason };

/**
 * A subtask as clients see it. `lease_id` is left out, because anyone who knows it could send updates for the node that
 * holds the subtask. `has_open_ports` is left out, because it repeats `scan_result.open_ports`.
 */
export function toSubTaskView(subTask: SubTask, waiting_reason?: WaitingReason): SubTaskView {
  const { lease_id, has_open_ports, ...shown } = subTask;
  return { ...shown, ...(waiting_reason && { waiting_reason }) };
}
