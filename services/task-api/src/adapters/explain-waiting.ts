import type { Progress, SubTask, Task, WaitingReason } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { createSharedCall } from '@cyberstroll/runtime';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import type { WaitingContext } from '../core/waiting/pool-state';
import { type SubTaskWaiting, toSubTaskWaitingReason } from '../core/waiting/subtask-waiting-reason';
import { hasOnlyRetries, toTaskWaitingReason } from '../core/waiting/task-waiting-reason';

export interface WaitingExplainer {
  /** One per task, in order. `progress` stands beside a task where it is newer than the task's own. */
  explainTasks(tasks: readonly { task: Task; progress?: Progress }[]): Promise<(WaitingReason | undefined)[]>;
  /** One per subtask, in order; all of them are of one task, which is read where it is not given. */
  explainSubTasks(
    taskId: string,
    subTasks: readonly SubTask[],
    task?: SubTaskWaiting['task'],
  ): Promise<(WaitingReason | undefined)[]>;
}

/**
 * Reads what is around, once for all that are asked about, and not at all where everything has ended. Requests that come
 * while it is read share the next read: every one is answered by what was read after it came.
 */
export function createWaitingExplainer({
  store,
  broker,
}: {
  store: Pick<Store, 'waiting'>;
  broker: Pick<Broker, 'isConnected' | 'isBlocked'>;
}): WaitingExplainer {
  const look = createSharedCall(async (): Promise<WaitingContext> => {
    const [nodes, tasksByPool] = await Promise.all([store.waiting.findFleet(), store.waiting.countTasksByPool()]);
    return { nodes, tasksByPool, broker: toBrokerState(), now: new Date() };
  });
  const toBrokerState = () => (broker.isConnected() ? (broker.isBlocked() ? 'blocked' : 'up') : 'down');

  async function findNextRetries(taskIds: readonly string[]): Promise<Map<string, Date>> {
    return taskIds.length > 0 ? store.waiting.findNextRetries(taskIds) : new Map();
  }

  return {
    async explainTasks(tasks) {
      const standing = tasks.map(({ task, progress = task.progress }) => ({ task, progress }));
      const open = standing.filter(({ task }) => !isEndedTask(task.status));
      if (open.length === 0) return standing.map(() => undefined);
      const retrying = open.filter(({ progress }) => hasOnlyRetries(progress)).map(({ task }) => task.task_id);
      const [around, nextRetries] = await Promise.all([look(), findNextRetries(retrying)]);
      return standing.map(({ task, progress }) =>
        toTaskWaitingReason({ task, progress, nextRetry: nextRetries.get(task.task_id), ...around }),
      );
    },
    async explainSubTasks(taskId, subTasks, given) {
      if (subTasks.every(({ status }) => isClosedSubTask(status))) return subTasks.map(() => undefined);
      const [around, task] = await Promise.all([look(), given ?? store.waiting.getTask(taskId)]);
      return subTasks.map((subTask) => toSubTaskWaitingReason({ task, subTask, ...around }));
    },
  };
}
