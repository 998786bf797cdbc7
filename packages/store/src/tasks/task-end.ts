import type { Task, TaskEndDocument } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';

/** The fields of a task that its end shows. */
export const ENDED_TASK = [
  'task_id',
  'name',
  'labels',
  'metadata',
  'task_initiator',
  'task_type',
  'task_category',
  'status',
  'schedule_id',
  'planned_time',
  'status_history',
  'rev',
  'progress',
  'created_time',
  'started_time',
  'completed_time',
  'actual_duration',
] as const;

export type EndedTask = Pick<Task, (typeof ENDED_TASK)[number]>;

/** How long an end is kept if no service delivers it. */
const KEEP_END_MS = 7 * 86_400_000;

/** The end of a run waits to be compared with the run before, for this long at most. Usually that takes seconds. */
const COMPARE_WITHIN_MS = 60_000;

/** Of a run, only its first end is compared. */
const isCompared = ({ schedule_id, status, status_history }: EndedTask): boolean =>
  schedule_id !== undefined &&
  status === 'COMPLETED' &&
  status_history.filter((entry) => isEndedTask(entry.status)).length === 1;

/** What webhooks get of an ended task, as it is after its end. */
export function toTaskEnd(task: EndedTask): TaskEndDocument & { _id: string } {
  const { timestamp, reason, operator } = task.status_history.at(-1)!;
  const end_id = `${task.task_id}-${task.rev}`;
  return {
    _id: end_id,
    end_id,
    task_id: task.task_id,
    ...(task.name !== undefined && { name: task.name }),
    labels: task.labels,
    ...(task.metadata && { metadata: task.metadata }),
    task_initiator: task.task_initiator,
    task_type: task.task_type,
    task_category: task.task_category,
    status: task.status,
    ...(task.schedule_id !== undefined && { schedule_id: task.schedule_id }),
    ...(task.planned_time && { planned_time: task.planned_time }),
    reason,
    operator,
    ended_time: timestamp,
    progress: task.progress,
    created_time: task.created_time,
    ...(task.started_time && { started_time: task.started_time }),
    ...(task.completed_time && { completed_time: task.completed_time }),
    ...(task.actual_duration !== undefined && { actual_duration: task.actual_duration }),
    notices: [{ notice_id: end_id, timestamp }],
    deliveries: [],
    ...(isCompared(task) && { compare_until: new Date(timestamp.getTime() + COMPARE_WITHIN_MS) }),
    expires: new Date(timestamp.getTime() + KEEP_END_MS),
  };
}
