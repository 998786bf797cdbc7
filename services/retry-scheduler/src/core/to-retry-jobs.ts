import type { Job, Scan, SubTask, TaskConfig } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';

/** So many at once go to one node. */
const MAX_RETRIES_PER_JOB = 100;

export interface RetryTask {
  task_id: string;
  status: TaskStatus;
  scan: Scan;
  config: Pick<TaskConfig, 'pool' | 'subtask_timeout'>;
  exclude_target?: string | undefined;
}

export type DueSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt'>;

export interface RetryPlan {
  jobs: { pool: string; job: Job }[];
  /** Due, and not to be sent while their task is paused. */
  waiting: DueSubTask[];
}

/**
 * Due retries as jobs to their tasks' pools, under the attempt that the failure has raised. Only a running task's are sent;
 * those of an ended one are cancelled elsewhere. `tasks` are the open ones.
 */
export function toRetryJobs(due: readonly DueSubTask[], tasks: readonly RetryTask[]): RetryPlan {
  const byTask = groupByTask(due);
  const plan: RetryPlan = { jobs: [], waiting: [] };
  for (const task of tasks) {
    const subTasks = byTask.get(task.task_id) ?? [];
    if (task.status === 'PAUSED') plan.waiting.push(...subTasks);
    if (task.status !== 'RUNNING') continue;
    for (let first = 0; first < subTasks.length; first += MAX_RETRIES_PER_JOB) {
      const part = subTasks.slice(first, first + MAX_RETRIES_PER_JOB);
      plan.jobs.push({ pool: task.config.pool, job: toJob(task, part) });
    }
  }
  return plan;
}

function toJob(task: RetryTask, subTasks: readonly DueSubTask[]): Job {
  return {
    task_id: task.task_id,
    scan: task.scan,
    subtask_timeout: task.config.subtask_timeout,
    ...(task.exclude_target === undefined ? {} : { exclude_target: task.exclude_target }),
    subtasks: subTasks.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt })),
  };
}

function groupByTask(due: readonly DueSubTask[]): Map<string, DueSubTask[]> {
  const groups = new Map<string, DueSubTask[]>();
  for (const subTask of due) {
    const group = groups.get(subTask.task_id);
    if (group) group.push(subTask);
    else groups.set(subTask.task_id, [subTask]);
  }
  return groups;
}
