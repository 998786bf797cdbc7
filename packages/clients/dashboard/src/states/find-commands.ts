import type { TaskStatus } from '@cyberstroll/state-machine';

export type TaskCommand = 'pause' | 'resume' | 'cancel' | 'retry' | 'delete';

const COMMANDS: Record<TaskStatus, readonly TaskCommand[]> = {
  CREATED: ['cancel'],
  QUEUED: ['cancel'],
  RUNNING: ['pause', 'cancel', 'retry'],
  PAUSED: ['resume', 'cancel', 'retry'],
  COMPLETED: ['retry', 'delete'],
  FAILED: ['retry', 'delete'],
  CANCELLED: ['delete'],
  TIMEOUT: ['retry', 'delete'],
};

/** What may be commanded in a status. */
export const findCommands = (status: TaskStatus): readonly TaskCommand[] => COMMANDS[status];

export const hasEnded = (status: TaskStatus): boolean => COMMANDS[status].includes('delete');
