import {
  type Alert,
  countFailed,
  type INTERNAL_TASK_FIELDS,
  type Progress,
  type SubTask,
  type SubTaskView,
  subTaskViewSchema,
  type Task,
  type TaskView,
  taskViewSchema,
  toSaid,
  type WaitingReason,
} from '@cyberstroll/contracts';
import { toPorts } from '@cyberstroll/task-state';

const TASK_FIELDS = Object.keys(taskViewSchema.shape);
const SUBTASK_FIELDS = Object.keys(subTaskViewSchema.shape);

/** These fields alone: another release, before or after this one, may have written others. */
function pick<Content extends object>(document: Content, fields: readonly string[]): Partial<Content> {
  const picked: Partial<Content> = {};
  for (const field of fields as readonly (keyof Content)[]) if (field in document) picked[field] = document[field];
  return picked;
}

const withSentence = <Entry extends { reason?: string | undefined }>(entry: Entry) => ({
  ...entry,
  ...toSaid(entry.reason, 'history'),
});

export const toAlertView = (alert: Alert, name: string | undefined): Alert => ({
  ...alert,
  ...(name !== undefined && { subject_name: name }),
  ...toSaid(alert.summary, 'alert'),
  history: alert.history.map((entry) => ({ ...entry, ...toSaid(entry.reason, 'alert') })),
});

/** A task as clients see it: the contract's document without the fields that only services need. */
export function toTaskView(
  task: Omit<Task, keyof typeof INTERNAL_TASK_FIELDS>,
  { progress = task.progress, reason }: { progress?: Progress; reason?: WaitingReason | undefined },
): TaskView {
  const shown = pick(task, TASK_FIELDS) as TaskView;
  return {
    ...shown,
    status_history: task.status_history.map(withSentence),
    error_info: { ...shown.error_info, error_count: countFailed(progress) },
    progress,
    ...(reason && { waiting_reason: reason }),
  };
}

export function toSubTaskView(subTask: SubTask, waiting_reason?: WaitingReason): SubTaskView {
  const shown = pick(subTask, SUBTASK_FIELDS) as SubTaskView;
  const status_history = shown.status_history.map(withSentence);
  const { error_info, scan_result } = shown;
  return {
    ...shown,
    status_history,
    ...(scan_result && { scan_result: { ...scan_result, ports: toPorts(scan_result) } }),
    ...(error_info && { error_info: { ...error_info, ...toSaid(error_info.error_message, 'history') } }),
    ...(waiting_reason && { waiting_reason }),
  };
}
