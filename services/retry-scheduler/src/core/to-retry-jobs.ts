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
import { findAvailableNodes, haveFreeSlot } from '@cyberstroll/task-state';

export type RetryTask = JobTask & Pick<Task, 'status' | 'traceparent'> & { config: Pick<Task['config'], 'pool'> };
export type DueSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'last_node' | 'retry_sent_time'>;
export type OnlineNode = Pick<Node, 'node_id' | 'status' | 'pools' | 'methods' | 'capacity'>;

/** What `toRetryJobs` must know besides the due retries. */
export interface RetrySurroundings {
  /** The open tasks of the due retries. */
  tasks: readonly RetryTask[];
  nodes: readonly OnlineNode[];
  /** By pool: the messages that wait in its queue; undefined if RabbitMQ does not know. */
  depths: ReadonlyMap<string, number | undefined>;
}

export interface RetryPlan {
  jobs: { pool: string; job: Job; traceparent?: string | undefined; isRepeat: boolean }[];
  /** Due retries that are not sent now. */
  waiting: DueSubTask[];
}

/**
 * Due retries as jobs for the pools of their tasks, under the attempt that the failure has raised. Only the retries of
 * running tasks are sent; those of ended tasks are cancelled by `follow-ended`. If the pool has another available node,
 * a job names the node that its subtasks failed on (`avoid_node`).
 *
 * No job is sent to a pool without an available node that scans by its method: otherwise each minute without nodes
 * would add a copy to the queue. A retry that was sent before is sent again only if its queue is empty and a node has a
 * free slot: then neither the queue nor a full node can have it.
 */
export function toRetryJobs(due: readonly DueSubTask[], { tasks, nodes, depths }: RetrySurroundings): RetryPlan {
  const byTask = groupBy(due, ({ task_id }) => task_id);
  const plan: RetryPlan = { jobs: [], waiting: [] };
  for (const task of tasks) {
    const subTasks = byTask.get(task.task_id) ?? [];
    const { pool } = task.config;
    const available = findAvailableNodes(nodes, pool, task.scan.method);
    if (task.status === 'PAUSED' || available.length === 0) plan.waiting.push(...subTasks);
    else if (task.status === 'RUNNING') {
      const isLost = depths.get(pool) === 0 && haveFreeSlot(available);
      const fresh = subTasks.filter(({ retry_sent_time }) => retry_sent_time === undefined);
      const sent = subTasks.filter(({ retry_sent_time }) => retry_sent_time !== undefined);
      plan.jobs.push(...toJobs(task, available, fresh, false));
      if (isLost) plan.jobs.push(...toJobs(task, available, sent, true));
      else plan.waiting.push(...sent);
    }
  }
  return plan;
}

function toJobs(
  task: RetryTask,
  available: readonly OnlineNode[],
  subTasks: readonly DueSubTask[],
  isRepeat: boolean,
): RetryPlan['jobs'] {
  const size = toJobSize(available);
  const byAvoided = groupBy(subTasks, ({ last_node }) =>
    available.some(({ node_id }) => node_id !== last_node) ? last_node : undefined,
  );
  return [...byAvoided].flatMap(([avoided, group]) =>
    toPortions(group, size).map((part) => {
      const subtasks = part.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
      const job = toJob(task, subtasks, avoided);
      return { pool: task.config.pool, job, traceparent: task.traceparent, isRepeat };
    }),
  );
}

/**
 * A node claims a whole job, and the deadline of each subtask runs from the claim. So a job fills at most a quarter of
 * the slots of the smallest node, like a job of the dispatcher.
 */
const toJobSize = (available: readonly OnlineNode[]): number =>
  Math.min(MAX_SUBTASKS_PER_JOB, Math.max(1, Math.floor(Math.min(...available.map(({ capacity }) => capacity)) / 4)));
