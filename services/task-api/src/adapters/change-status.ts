import { AppError } from '@cyberstroll/runtime';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { requireVersion, type Store } from '@cyberstroll/store';
import { allowedCommands, type Command, findStatusAfter, type StatusCommand } from '../core/tasks/command';
import type { Broadcast } from './broadcast';

const MAX_TRIES = 3;

interface StatusChange {
  command: StatusCommand;
  taskId: string;
  reason: string;
  operator: string;
  /** The version that the task must have. */
  version?: number | undefined;
}

/**
 * Moves a task to the status that a command leads to. `changed` is false if the task already has it: then nothing is
 * written or published. Rejects with conflict `illegal_transition`, which lists the legal commands. The store guards
 * the write. If the task changed between read and write, it is read again: of equal commands at the same time all
 * succeed and one is written. With `version`, rejects with `version_changed` if the task has another one.
 */
export async function changeStatus(
  { store, broadcast }: { store: Pick<Store, 'tasks'>; broadcast: Broadcast },
  { command, taskId, reason, operator, version }: StatusChange,
): Promise<{ changed: boolean; before: TaskStatus }> {
  for (let attempt = 1; ; attempt++) {
    const { status, ...task } = await store.tasks.getTaskStatus(taskId);
    requireVersion(task, version);
    const to = getStatusAfter(command, status);
    if (to === status) return { changed: false, before: status };
    try {
      const { task, changed } = await store.tasks.updateTaskStatus(taskId, to, reason, operator, { version });
      if (changed) await broadcast(task);
      return { changed, before: status };
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'conflict') || attempt === MAX_TRIES) throw error;
    }
  }
}

/** The status that a command leads to. Throws `illegal_transition` if the command is illegal in this status. */
export function getStatusAfter(command: Command, status: TaskStatus): TaskStatus {
  const to = findStatusAfter(command, status);
  if (to) return to;
  throw new AppError('illegal_transition', {
    detail: `${command} is not possible for a task that is ${status}`,
    allowed: allowedCommands(status),
  });
}
