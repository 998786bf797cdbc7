import { type Job, type Scan, type TaskConfig, toSubTaskId } from '@cyberstroll/contracts';

export interface JobTask {
  task_id: string;
  scan: Scan;
  config: Pick<TaskConfig, 'subtask_timeout'>;
  exclude_target?: string | undefined;
}

/** The first dispatch of some of a task's indexes as one job; `member` gives an index's address. */
export function toJob(task: JobTask, indexes: readonly number[], member: (index: number) => string): Job {
  return {
    task_id: task.task_id,
    scan: task.scan,
    subtask_timeout: task.config.subtask_timeout,
    ...(task.exclude_target === undefined ? {} : { exclude_target: task.exclude_target }),
    subtasks: indexes.map((index) => ({ subtask_id: toSubTaskId(task.task_id, index), ip: member(index), attempt: 1 })),
  };
}

/** `count` consecutive indexes from `first`. */
export const toIndexes = ({ first_index, count }: { first_index: number; count: number }): number[] =>
  Array.from({ length: count }, (_, i) => first_index + i);
