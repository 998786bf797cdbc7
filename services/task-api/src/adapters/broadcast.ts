import type { Task } from '@cyberstroll/contracts';
import { announceTaskChange, type Publisher } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

export type Broadcast = (task: Pick<Task, 'task_id' | 'status' | 'status_history'>) => Promise<void>;

/**
 * Tells nodes, listeners and subscribers that a task's status has changed. Best effort, and never a reason for the command
 * to fail: what nodes must know is said again by the dispatcher, and subscribers fall back to the store.
 */
export function createBroadcast(deps: {
  store: Store;
  publisher: Publisher;
  realtime: Realtime;
  logger: Logger;
}): Broadcast {
  return async ({ task_id, status, status_history }) => {
    try {
      const { reason, operator, timestamp } = status_history.at(-1)!;
      announceTaskChange(deps.publisher, { task_id, status, reason, operator, timestamp });
      const snapshot = await deps.store.tasks.findSnapshot(task_id);
      if (snapshot) await deps.realtime.publishProgress(snapshot);
    } catch (err) {
      deps.logger.warn({ err, task_id }, 'broadcast failed');
    }
  };
}
