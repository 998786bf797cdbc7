import type { ProgressSnapshot, Task } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** Without `snapshot`, the progress is read. */
export type Broadcast = (
  task: Pick<Task, 'task_id' | 'status' | 'status_history' | 'hold'>,
  snapshot?: ProgressSnapshot,
) => Promise<void>;

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
  return async ({ task_id, status, status_history, hold }, snapshot) => {
    const { reason, operator, timestamp } = status_history.at(-1)!;
    const change = { task_id, transitions: [{ status, reason }], operator, timestamp, isResumed: !hold };
    try {
      await publishTaskChange(deps, { ...change, ...(snapshot && { snapshot }) });
      const read = snapshot ? undefined : await deps.store.tasks.findSnapshot(task_id);
      if (read) await deps.realtime.publishProgress(read);
    } catch (err) {
      deps.logger.warn({ err, task_id }, 'broadcast failed');
    }
  };
}
