import type { SubTask } from '@cyberstroll/contracts';
import { isClosedSubTask, type TaskStatus, taskTable } from '@cyberstroll/state-machine';

export type StatusCommand = 'pause' | 'resume' | 'cancel';
export type Command = StatusCommand | 'retry';

const EVENT_OF_COMMAND = { pause: 'PAUSE', resume: 'RESUME', cancel: 'CANCEL', retry: 'RETRY' } as const;
const COMMANDS = Object.keys(EVENT_OF_COMMAND) as Command[];

/** The status of a task that a command was carried out on. */
const GOAL: Record<StatusCommand, TaskStatus> = { pause: 'PAUSED', resume: 'RUNNING', cancel: 'CANCELLED' };

/** Statuses in which subtasks may rest as failed while the task goes on: a retry takes those up and leaves the task. */
const RETRIED_IN_PLACE: readonly TaskStatus[] = ['RUNNING', 'PAUSED'];

/** The status that a command leads to, the present one where there is nothing to do, or undefined where it is illegal. */
export function findStatusAfter(command: Command, status: TaskStatus): TaskStatus | undefined {
  const isDone = command === 'retry' ? RETRIED_IN_PLACE.includes(status) : status === GOAL[command];
  return isDone ? status : taskTable.next(status, EVENT_OF_COMMAND[command]);
}

/** The commands that may change something; a repeat of the last one is legal too. */
export const allowedCommands = (status: TaskStatus): Command[] =>
  COMMANDS.filter(
    (command) =>
      taskTable.next(status, EVENT_OF_COMMAND[command]) !== undefined ||
      (command === 'retry' && RETRIED_IN_PLACE.includes(status)),
  );

/** A later attempt of it is under way or waits for its time: a retry has nothing to do. */
export const isBeingRetried = ({ status, attempt }: Pick<SubTask, 'status' | 'attempt'>): boolean =>
  !isClosedSubTask(status) && attempt > 1;
