import {
  countFailed,
  INTERNAL_TASK_FIELDS,
  type Progress,
  type SubTask,
  type SubTaskView,
  type Task,
  type TaskView,
  type WaitingReason,
} from '@cyberstroll/contracts';

/** A task as clients see it: the contract's document without the fields that only services need. */
export function toTaskView(
  task: Task,
  { progress = task.progress, reason }: { progress?: Progress; reason?: WaitingReason | undefined },
): TaskView {
  const shown = Object.fromEntries(Object.entries(task).filter(([field]) => !(field in INTERNAL_TASK_FIELDS))) as Omit<
    Task,
    keyof typeof INTERNAL_TASK_FIELDS
  >;
  const error_info = { ...shown.error_info, error_count: countFailed(progress) };
  return { ...shown, labels: task.labels ?? [], error_info, progress, ...(reason && { waiting_reason: reason }) };
}

export function toSubTaskView(subTask: SubTask, waiting_reason?: WaitingReason): SubTaskView {
  const { lease_id, has_open_ports, address_key, retry_due_time, ...shown } = subTask;
  return { ...shown, ...(waiting_reason && { waiting_reason }) };
}
