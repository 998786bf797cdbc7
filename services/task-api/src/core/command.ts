import type { TaskControl } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus, taskTable } from '@cyberstroll/state-machine';

export type Command = 'pause' | 'resume' | 'cancel' | 'retry';

const EVENT_OF_COMMAND = { pause: 'PAUSE', resume: 'RESUME', cancel: 'CANCEL', retry: 'RETRY' } as const;
const COMMANDS = Object.keys(EVENT_OF_COMMAND) as Command[];

/** Statuses in which subtasks may rest as failed while the task goes on: a retry takes those up and leaves the task. */
const RETRIED_IN_PLACE: readonly TaskStatus[] = ['RUNNING', 'PAUSED'];

/** The status that a command leads to, or undefined where it is illegal. */
export function judgeCommand(command: Command, status: TaskStatus): TaskStatus | undefined {
  if (command === 'retry' && RETRIED_IN_PLACE.includes(status)) return status;
  return taskTable.next(status, EVENT_OF_COMMAND[command]);
}

export const allowedCommands = (status: TaskStatus): Command[] =>
  COMMANDS.filter((command) => judgeCommand(command, status) !== undefined);

/** What nodes are told of a task of this status. */
export const toControlState = (status: TaskStatus): TaskControl['state'] =>
  isEndedTask(status) ? 'ended' : status === 'PAUSED' ? 'paused' : 'running';
