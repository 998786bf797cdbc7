import type { Job, Node, Scan, SubTask, TaskConfig } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';

/** So many at once go to one node. */
const MAX_RETRIES_PER_JOB = 100;

export interface RetryTask {
  task_id: string;
  status: TaskStatus;
  scan: Scan;
  config: Pick<TaskConfig, 'pool' | 'subtask_timeout'>;
  exclude_target?: string | undefined;
  traceparent?: string | undefined;
}

export type DueSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'last_node'>;
export type OnlineNode = Pick<Node, 'node_id' | 'status' | 'pools'>;

export interface RetryPlan {
  jobs: { pool: string; job: Job; traceparent?: string | undefined }[];
  /** Due, and not to be sent while their task is paused. */
  waiting: DueSubTask[];
}

/**
 * Due retries as jobs to their tasks' pools, under the attempt that the failure has raised. Only a running task's are sent;
 * those of an ended one are cancelled elsewhere. `tasks` are the open ones. A job names the node that its subtasks
 * failed on where the pool has another that takes work.
 */
export function toRetryJobs(
  due: readonly DueSubTask[],
  tasks: readonly RetryTask[],
  nodes: readonly OnlineNode[],
): RetryPlan {
  const byTask = groupBy(due, ({ task_id }) => task_id);
  const plan: RetryPlan = { jobs: [], waiting: [] };
  for (const task of tasks) {
    const subTasks = byTask.get(task.task_id) ?? [];
    if (task.status === 'PAUSED') plan.waiting.push(...subTasks);
    if (task.status !== 'RUNNING') continue;
    const { pool } = task.config;
    const takers = nodes.filter(({ status, pools }) => status !== 'draining' && pools.includes(pool));
    const byAvoided = groupBy(subTasks, ({ last_node }) =>
      takers.some(({ node_id }) => node_id !== last_node) ? last_node : undefined,
    );
    for (const [avoided, group] of byAvoided) {
      for (let first = 0; first < group.length; first += MAX_RETRIES_PER_JOB) {
        const job = toJob(task, group.slice(first, first + MAX_RETRIES_PER_JOB), avoided);
        plan.jobs.push({ pool, job, traceparent: task.traceparent });
      }
    }
  }
  return plan;
}

function toJob(task: RetryTask, subTasks: readonly DueSubTask[], avoided: string | undefined): Job {
  return {
    task_id: task.task_id,
    scan: task.scan,
    subtask_timeout: task.config.subtask_timeout,
    ...(task.exclude_target === undefined ? {} : { exclude_target: task.exclude_target }),
    ...(avoided === undefined ? {} : { avoid_node: avoided }),
    subtasks: subTasks.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt })),
  };
}

function groupBy<Key>(due: readonly DueSubTask[], toKey: (subTask: DueSubTask) => Key): Map<Key, DueSubTask[]> {
  const groups = new Map<Key, DueSubTask[]>();
  for (const subTask of due) {
    const key = toKey(subTask);
    const group = groups.get(key);
    if (group) group.push(subTask);
    else groups.set(key, [subTask]);
  }
  return groups;
}
