import { MAX_LABELS } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { AppError, type Counts, type Leadership } from '@cyberstroll/runtime';
import type { OpenOperation, Store, TaskOutcome } from '@cyberstroll/store';
import type { Broadcast } from '../adapters/broadcast';
import { changeStatus } from '../adapters/change-status';
import { retryTask } from '../adapters/retry-failed';
import { editLabels } from '../core/edit-labels';

export interface OperationDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'cleanUp' | 'operations'>;
  publisher: Publisher;
  broadcast: Broadcast;
  /** Checked before each task, since an operation may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
}

/**
 * Carries operations out, the oldest first, one task after the other. The outcome of a task is noted before the next
 * one begins. After a crash the leader commands the task again whose outcome is not noted: every command may be
 * repeated. A dependency that is unavailable ends the pass, and the next one continues at the same task. A pass
 * resolves with undefined if there is no operation.
 */
export const createOperationSweep =
  (deps: OperationDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { tasks: 0 };
    for (;;) {
      const operation = await deps.store.operations.findOpen();
      if (!operation) return counts.tasks > 0 ? counts : undefined;
      for (let place = operation.place; place < operation.matched; place++) {
        if (!(await deps.leadership.isLeader())) return counts;
        const outcome = await command(deps, operation, operation.task_ids[place]!, now);
        if (!(await deps.store.operations.noteOutcome(operation, place, outcome, new Date()))) return counts;
        counts.tasks += 1;
      }
    }
  };

async function command(deps: OperationDeps, operation: OpenOperation, taskId: string, now: Date): Promise<TaskOutcome> {
  try {
    return (await changeTask(deps, operation, taskId, now)) ? 'done' : 'unchanged';
  } catch (error) {
    if (!(error instanceof AppError && ['missing', 'conflict', 'invalid'].includes(error.kind))) throw error;
    return { task_id: taskId, code: error.code, detail: error.message };
  }
}

/** False if there is nothing to do. */
async function changeTask(deps: OperationDeps, operation: OpenOperation, taskId: string, now: Date): Promise<boolean> {
  const { store } = deps;
  const { action, operator, reason = `${action} by operator`, add_labels, remove_labels, priority } = operation;
  switch (action) {
    case 'pause':
    case 'resume':
    case 'cancel':
      return (await changeStatus(deps, { command: action, taskId, reason, operator })).changed;
    case 'retry':
      return (await retryTask(deps, { taskId, reason, operator })).retried > 0;
    case 'delete':
      await store.cleanUp.requestOne(taskId, operator, now);
      return true;
    case 'label':
    case 'priority': {
      const { after } = await store.tasks.changeFields(taskId, ({ labels = [] }) =>
        action === 'priority'
          ? { priority }
          : { labels: withinLimit(editLabels(labels, { add: add_labels, remove: remove_labels })) },
      );
      return Object.keys(after).length > 0;
    }
  }
}

function withinLimit(labels: string[]): string[] {
  if (labels.length <= MAX_LABELS) return labels;
  throw new AppError('too_many_labels', { detail: `it would have ${labels.length}` });
}
