import type { Task } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

export type Broadcast = (task: Pick<Task, 'task_id' | 'status' | 'status_history'>) => Promise<void>;

/**
 * Publishes a task's change of status to nodes, event listeners and progress subscribers. It never throws, so a failure
 * here does not fail the command: the dispatcher repeats the control messages, and subscribers fall back to the store.
 */
export function createBroadcast(deps: {
  store: Pick<Store, 'tasks'>;
  publisher: Publisher;
  realtime: Realtime;
  logger: Logger;
}): Broadcast {
  return async ({ task_id, status, status_history }) => {
    try {
      const { reason, operator, timestamp } = status_history.at(-1)!;
      publishTaskChange(deps.publisher, { task_id, status, reason, operator, timestamp });
      const snapshot = await deps.store.tasks.findSnapshot(task_id);
      if (snapshot) await deps.realtime.publishProgress(snapshot);
    } catch (err) {
      deps.logger.warn({ err, task_id }, 'broadcast failed');
    }
  };
}
