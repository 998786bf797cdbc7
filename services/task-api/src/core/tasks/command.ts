import type { SubTask } from '@cyberstroll/contracts';
import { isClosedSubTask, type TaskStatus, taskTable } from '@cyberstroll/state-machine';

export type StatusCommand = 'pause' | 'resume' | 'cancel';
export type Command = StatusCommand | 'retry';

const EVENT_OF_COMMAND = { pause: 'PAUSE', resume: 'RESUME', cancel: 'CANCEL', retry: 'RETRY' } as const;
const COMMANDS = Object.keys(EVENT_OF_COMMAND) as Command[];

/** The status of a task after a command. */
const GOAL: Record<StatusCommand, TaskStatus> = { pause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELLED' };

/**
 * Statuses in which subtasks may be closed as failed while the task is open: a retry reopens them and does not change
 * the task.
 */
const RETRIED_IN_PLACE: readonly TaskStatus[] = ['RUNNING', 'PAUSED'];

/** The status after a command: the present one if there is nothing to do, undefined if the command is illegal. */
export function findStatusAfter(command: Command, status: TaskStatus): TaskStatus | undefined {
  const isDone = command === 'retry' ? RETRIED_IN_PLACE.includes(status) : status === GOAL[command];
  return isDone ? status : taskTable.next(status, EVENT_OF_COMMAND[command]);
}

/** The commands that can change something in this status. A repeat of the last command is legal too. */
export const allowedCommands = (status: TaskStatus): Command[] =>
  COMMANDS.filter(
    (command) =>
      taskTable.next(status, EVENT_OF_COMMAND[command]) !== undefined ||
      (command === 'retry' && RETRIED_IN_PLACE.includes(status)),
  );

/** Whether a later attempt runs or waits for its retry time: then another retry has nothing to do. */
export const isBeingRetried = ({ status, attempt }: Pick<SubTask, 'status' | 'attempt'>): boolean =>
  !isClosedSubTask(status) && attempt > 1;
