import { AppError } from '@cyberstroll/runtime';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { ChangedStatus, Store } from '@cyberstroll/store';
import { allowedCommands, type Command, findStatusAfter, type StatusCommand } from '../core/tasks/command';
import type { Broadcast } from './broadcast';

interface StatusChange {
  command: StatusCommand;
  taskId: string;
  reason: string;
  operator: string;
  /** The version that the task must have. */
  version?: number | undefined;
  /** A task that has ended stays as it is: the command refuses nothing. */
  leavesEnded?: boolean;
}

/**
 * Moves a task to the status that a command leads to. `changed` is false if the task already has it: then nothing is
 * written or published. Rejects with conflict `illegal_transition`, which lists the legal commands. If the task changed
 * between read and write, the store asks again where the command leads to: of equal commands at the same time all
 * succeed and one is written. With `version`, rejects with `version_changed` if the task has another one.
 */
export async function changeStatus(
  { store, broadcast }: { store: Pick<Store, 'tasks'>; broadcast: Broadcast },
  { command, taskId, reason, operator, version, leavesEnded = false }: StatusChange,
): Promise<ChangedStatus> {
  const toStatus = (status: TaskStatus) =>
    leavesEnded && isEndedTask(status) ? status : getStatusAfter(command, status);
  const outcome = await store.tasks.updateTaskStatus(taskId, toStatus, reason, operator, { version });
  if (outcome.changed) await broadcast(outcome.task, outcome.snapshot);
  return outcome;
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
