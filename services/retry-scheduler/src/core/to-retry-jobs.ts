import {
  findAvailableNodes,
  haveFreeSlot,
  type Job,
  type JobTask,
  MAX_SUBTASKS_PER_JOB,
  type Node,
  type SubTask,
  type Task,
  toJob,
} from '@cyberstroll/contracts';

export type RetryTask = JobTask & Pick<Task, 'status' | 'traceparent'> & { config: Pick<Task['config'], 'pool'> };
export type DueSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'last_node' | 'retry_sent_time'>;
export type OnlineNode = Pick<Node, 'node_id' | 'status' | 'pools' | 'capacity'>;

/** What is around the retries that are due. */
export interface RetrySurroundings {
  /** The open ones. */
  tasks: readonly RetryTask[];
  nodes: readonly OnlineNode[];
  /** By pool: messages that wait in its queue; undefined where RabbitMQ does not know. */
  depths: ReadonlyMap<string, number | undefined>;
}

export interface RetryPlan {
  jobs: { pool: string; job: Job; traceparent?: string | undefined; isRepeat: boolean }[];
  /** Due, and not to be sent now. */
  waiting: DueSubTask[];
}

/**
 * Due retries as jobs to their tasks' pools, under the attempt that the failure has raised. Only a running task's are sent;
 * those of an ended one are cancelled elsewhere. A job names the node that its subtasks failed on where the pool has another
 * that takes work.
 *
 * Nothing is sent to a pool that nobody takes from, or the fleet would find as many copies as it was away for minutes. What
 * was sent before is sent again only where it can be neither in the queue nor with a node that has no slot for it.
 */
export function toRetryJobs(due: readonly DueSubTask[], { tasks, nodes, depths }: RetrySurroundings): RetryPlan {
  const byTask = groupBy(due, ({ task_id }) => task_id);
  const plan: RetryPlan = { jobs: [], waiting: [] };
  for (const task of tasks) {
    const subTasks = byTask.get(task.task_id) ?? [];
    const { pool } = task.config;
    const takers = findAvailableNodes(nodes, pool);
    if (task.status === 'PAUSED' || takers.length === 0) plan.waiting.push(...subTasks);
    else if (task.status === 'RUNNING') {
      const isLost = depths.get(pool) === 0 && haveFreeSlot(takers);
      const fresh = subTasks.filter(({ retry_sent_time }) => retry_sent_time === undefined);
      const sent = subTasks.filter(({ retry_sent_time }) => retry_sent_time !== undefined);
      plan.jobs.push(...toJobs(task, takers, fresh, false));
      if (isLost) plan.jobs.push(...toJobs(task, takers, sent, true));
      else plan.waiting.push(...sent);
    }
  }
  return plan;
}

function toJobs(
  task: RetryTask,
  takers: readonly OnlineNode[],
  subTasks: readonly DueSubTask[],
  isRepeat: boolean,
): RetryPlan['jobs'] {
  const size = toJobSize(takers);
  const byAvoided = groupBy(subTasks, ({ last_node }) =>
    takers.some(({ node_id }) => node_id !== last_node) ? last_node : undefined,
  );
  return [...byAvoided].flatMap(([avoided, group]) =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, i) => {
      const part = group.slice(i * size, (i + 1) * size);
      const subtasks = part.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
      const job = toJob(task, subtasks, avoided);
      return { pool: task.config.pool, job, traceparent: task.traceparent, isRepeat };
    }),
  );
}

/**
 * A node claims a job whole, and the deadline of each subtask runs from its claim: so a job fills a quarter of the smallest
 * node's slots at most, as what is sent out for the first time does.
 */
const toJobSize = (takers: readonly OnlineNode[]): number =>
  Math.min(MAX_SUBTASKS_PER_JOB, Math.max(1, Math.floor(Math.min(...takers.map(({ capacity }) => capacity)) / 4)));

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
