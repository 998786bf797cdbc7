import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { TaskStatus } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import { allowedCommands, type Command, judgeCommand } from '../core/command';
import type { Broadcast } from './broadcast';

const MAX_TRIES = 3;

/**
 * Takes a task to the status that a command leads to. Rejects with conflict `illegal_transition` that lists the commands
 * that are legal. The store guards the write; where the task moved on between look and write, it is looked at again.
 */
export async function changeStatus(
  { store, broadcast }: { store: Store; broadcast: Broadcast },
  { command, taskId, reason, operator }: { command: Command; taskId: string; reason: string; operator: string },
): Promise<Task> {
  for (let attempt = 1; ; attempt++) {
    const { status } = await store.taskStates.getTaskStatus(taskId);
    const to = getTarget(command, status);
    try {
      const task = await store.taskStates.updateTaskStatus(taskId, to, reason, operator);
      await broadcast(task);
      return task;
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'conflict') || attempt === MAX_TRIES) throw error;
    }
  }
}

/** Where a command leads. Throws where it is illegal. */
export function getTarget(command: Command, status: TaskStatus): TaskStatus {
  const to = judgeCommand(command, status);
  if (to) return to;
  throw new AppError('conflict', 'illegal_transition', `a task that is ${status} cannot ${command}`, {
    allowed: allowedCommands(status),
  });
}
