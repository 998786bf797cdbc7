import type { Progress, Task, WaitingReason } from '@cyberstroll/contracts';

type Internal =
  | 'target_segments'
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

/** A task as clients see it: the contract's document, without what only the services need. */
export function toTaskView(
  task: Task,
  { progress = task.progress, reason }: { progress?: Progress; reason?: WaitingReason | undefined },
): TaskView {
  const {
    target_segments,
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
  return { ...shown, progress, ...(reason && { waiting_reason: reason }) };
}

/** The longest target text in a list of tasks, in characters; the task itself shows all. */
const LISTED_TARGET_LENGTH = 1_000;
const cut = (text: string) =>
  text.length > LISTED_TARGET_LENGTH ? `${text.slice(0, LISTED_TARGET_LENGTH - 1)}…` : text;

export function toListedTaskView(task: Task, reason?: WaitingReason): TaskView {
  const view = toTaskView(task, { reason });
  return {
    ...view,
    task_target: cut(view.task_target),
    ...(view.exclude_target !== undefined && { exclude_target: cut(view.exclude_target) }),
  };
}
