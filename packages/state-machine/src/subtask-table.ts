import type { StateValueFrom } from 'xstate';
import { type SubTaskEvent, subTaskMachine } from './subtask-machine';
import { createTransitionTable } from './transition-table';

export type SubTaskStatus = StateValueFrom<typeof subTaskMachine> & string;

export const subTaskTable = createTransitionTable<SubTaskStatus, SubTaskEvent>(subTaskMachine);

/** Every subtask status, in the machine's order. */
export const SUBTASK_STATUSES = subTaskTable.statuses;
/** Subtasks that are not at rest. */
export const OPEN_SUBTASK_STATUSES = subTaskTable.withTag('open');

/** Does a node hold such a subtask? */
export const isHeldSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'held');
export const isClosedSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'closed');

/** The steps that a report of one attempt implies: `RETRY` is never one of them, since it begins the next attempt. */
export const impliedSubTaskTransitions = (
  from: SubTaskStatus,
  to: SubTaskStatus,
): readonly SubTaskStatus[] | undefined => subTaskTable.path(from, to, ['RETRY']);
