import {
  groupBy,
  type Job,
  type JobTask,
  MAX_SUBTASKS_PER_JOB,
  type Node,
  type SubTask,
  type Task,
  toJob,
  toPortions,
} from '@cyberstroll/contracts';
import { findAvailableNodes } from '@cyberstroll/task-state';

export type RetryTask = JobTask & Pick<Task, 'status' | 'traceparent'> & { config: Pick<Task['config'], 'pool'> };
export type DueSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'last_node'>;
export type RetryNode = Pick<Node, 'node_id' | 'status' | 'pools' | 'methods' | 'capacity'>;

export interface RetryJob {
  pool: string;
  job: Job;
  traceparent?: string | undefined;
}

/**
 * Due retries as jobs for the pools of their tasks, under the attempt that the failure has raised. Only the retries of
 * running tasks are sent; those of ended tasks are cancelled by `follow-ended`. If the pool has another available node,
 * a job names the node that its subtasks failed on (`avoid_node`).
 *
 * No job is sent to a pool without an available node that scans by its method: otherwise each minute without nodes
 * would add a copy to the queue.
 */
export function toRetryJobs(
  due: readonly DueSubTask[],
  { tasks, nodes }: { tasks: readonly RetryTask[]; nodes: readonly RetryNode[] },
): RetryJob[] {
  const byTask = groupBy(due, ({ task_id }) => task_id);
  return tasks.flatMap((task) => {
    const available = findAvailableNodes(nodes, task.config.pool, task.scan.method);
    const canGo = task.status === 'RUNNING' && available.length > 0;
    return canGo ? toJobs(task, available, byTask.get(task.task_id) ?? []) : [];
  });
}

function toJobs(task: RetryTask, available: readonly RetryNode[], subTasks: readonly DueSubTask[]): RetryJob[] {
  const size = toJobSize(available);
  const byAvoided = groupBy(subTasks, ({ last_node }) =>
    available.some(({ node_id }) => node_id !== last_node) ? last_node : undefined,
  );
  return [...byAvoided].flatMap(([avoided, group]) =>
    toPortions(group, size).map((part) => {
      const subtasks = part.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
      const job = toJob(task, subtasks, avoided);
      return { pool: task.config.pool, job, traceparent: task.traceparent };
    }),
  );
}

/**
 * A node claims a whole job, and the deadline of each subtask runs from the claim. So a job fills at most a quarter of
 * the slots of the smallest node, like a job of the dispatcher.
 */
const toJobSize = (available: readonly RetryNode[]): number =>
  Math.min(MAX_SUBTASKS_PER_JOB, Math.max(1, Math.floor(Math.min(...available.map(({ capacity }) => capacity)) / 4)));
