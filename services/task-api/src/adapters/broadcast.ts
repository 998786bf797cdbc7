import type { Task } from '@cyberstroll/contracts';
import { announce, type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toControlState } from '../core/command';

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
      const last = status_history.at(-1);
      const facts = { task_id, ...(last && { reason: last.reason, operator: last.operator }) };
      sendControl(deps.publisher, { task_id, state: toControlState(status) });
      announce(deps.publisher, 'task', status, facts, last?.timestamp ?? new Date());
      const snapshot = await deps.store.tasks.findSnapshot(task_id);
      if (snapshot) await deps.realtime.publishProgress(snapshot);
    } catch (err) {
      deps.logger.warn({ err, task_id }, 'broadcast failed');
    }
  };
}
