import type { StateValueFrom } from 'xstate';
import { type SubTaskEvent, subTaskMachine } from './subtask-machine';
import { createTransitionTable } from './transition-table';

export type SubTaskStatus = StateValueFrom<typeof subTaskMachine> & string;

export const subTaskTable = createTransitionTable<SubTaskStatus, SubTaskEvent>(subTaskMachine);

/** Every subtask status, in the machine's order. */
export const SUBTASK_STATUSES = subTaskTable.statuses;
/** Subtasks that are not at rest. */
export const OPEN_SUBTASK_STATUSES = subTaskTable.withTag('open');
/** Subtasks that a node works on. */
export const HELD_SUBTASK_STATUSES = subTaskTable.withTag('held');
/** Subtasks at rest: the task ends when all of its are. */
export const RESTING_SUBTASK_STATUSES = subTaskTable.withTag('resting');

export const isRestingSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'resting');
export const isFinalSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'final');

/** The steps that a report of one attempt implies: `RETRY` is never one of them, since it begins the next attempt. */
export const impliedSubTaskSteps = (from: SubTaskStatus, to: SubTaskStatus): readonly SubTaskStatus[] | undefined =>
  subTaskTable.path(from, to, ['RETRY']);
