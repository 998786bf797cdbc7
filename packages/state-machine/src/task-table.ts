import type { StateValueFrom } from 'xstate';
import { type TaskEvent, taskMachine } from './task-machine';
import { createTransitionTable } from './transition-table';

export type TaskStatus = StateValueFrom<typeof taskMachine> & string;

export const taskTable = createTransitionTable<TaskStatus, TaskEvent>(taskMachine);

/** Every task status, in the machine's order. */
export const TASK_STATUSES = taskTable.statuses;
/** Tasks that are not at their end. */
export const OPEN_TASK_STATUSES = taskTable.withTag('open');
/** Tasks whose targets may be sent out. */
export const DISPATCHABLE_TASK_STATUSES = taskTable.withTag('dispatchable');
export const ENDED_TASK_STATUSES = taskTable.withTag('ended');

/** The statuses that a task may be set to. None leads by `RETRY`: a retry must know what failed. */
export const settableTaskStatuses = (from: TaskStatus): readonly TaskStatus[] =>
  taskTable.arrows.filter((arrow) => arrow.from === from && arrow.event !== 'RETRY').map(({ to }) => to);

export const isEndedTask = (status: TaskStatus): boolean => taskTable.hasTag(status, 'ended');
