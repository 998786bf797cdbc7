import { AppError } from '@cyberstroll/runtime';
import type { TaskStatus } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import { allowedCommands, type Command, findStatusAfter, type StatusCommand } from '../core/command';
import type { Broadcast } from './broadcast';

const MAX_TRIES = 3;

/**
 * Takes a task to the status that a command leads to. False where it is there already: nothing is written and nobody is told.
 * Rejects with conflict `illegal_transition` that lists the commands that are legal. The store guards the write; where the
 * task moved on between look and write, it is looked at again, so of equal commands at once all succeed and one is written.
 */
export async function changeStatus(
  { store, broadcast }: { store: Store; broadcast: Broadcast },
  { command, taskId, reason, operator }: { command: StatusCommand; taskId: string; reason: string; operator: string },
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await store.taskStates.getTaskStatus(taskId);
    const to = getStatusAfter(command, status);
    if (to === status) return false;
    try {
      const { task, changed } = await store.taskStates.updateTaskStatus(taskId, to, reason, operator);
      if (changed) await broadcast(task);
      return changed;
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'conflict') || attempt === MAX_TRIES) throw error;
    }
  }
}

/** Where a command leads. Throws where it is illegal. */
export function getStatusAfter(command: Command, status: TaskStatus): TaskStatus {
  const to = findStatusAfter(command, status);
  if (to) return to;
  throw new AppError('illegal_transition', {
    detail: `for a task that is ${status} there is no ${command}`,
    allowed: allowedCommands(status),
  });
}
