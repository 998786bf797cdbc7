import { type StateValueFrom, setup } from 'xstate';
import { createTransitionTable } from './transition-table';

export type SubTaskEvent = 'ASSIGN' | 'START' | 'COMPLETE' | 'FAIL' | 'TIME_OUT' | 'RETRY' | 'CANCEL';

/**
 * The states of a subtask, the scan of one address, as the contract draws them (2.2). Arrows with `meta.extension` are
 * ours: a cancelled task's subtasks follow it from every open state, an assigned one can run out of time before it
 * starts, and a timed-out one is retried (contract 6.1).
 *
 * FAILED and TIMEOUT rest only while no retry is due; `RETRY` leaves them and begins the next attempt.
 */
export const subTaskMachine = setup({
  types: { events: {} as { type: SubTaskEvent } },
}).createMachine({
  id: 'subtask',
  initial: 'PENDING',
  states: {
    PENDING: { tags: ['open'], on: { ASSIGN: { target: 'ASSIGNED' }, CANCEL: { target: 'CANCELLED' } } },
    ASSIGNED: {
      tags: ['open', 'held'],
      on: {
        START: { target: 'SCANNING' },
        FAIL: { target: 'FAILED' },
        TIME_OUT: { target: 'TIMEOUT', meta: { extension: true } },
        CANCEL: { target: 'CANCELLED', meta: { extension: true } },
      },
    },
    SCANNING: {
      tags: ['open', 'held'],
      on: {
        COMPLETE: { target: 'COMPLETED' },
        FAIL: { target: 'FAILED' },
        TIME_OUT: { target: 'TIMEOUT' },
        CANCEL: { target: 'CANCELLED', meta: { extension: true } },
      },
    },
    RETRYING: {
      tags: ['open'],
      on: { START: { target: 'SCANNING' }, CANCEL: { target: 'CANCELLED', meta: { extension: true } } },
    },
    COMPLETED: { tags: ['closed', 'final'] },
    FAILED: { tags: ['closed'], on: { RETRY: { target: 'RETRYING' } } },
    TIMEOUT: { tags: ['closed'], on: { RETRY: { target: 'RETRYING', meta: { extension: true } } } },
    CANCELLED: { tags: ['closed', 'final'] },
  },
});

export type SubTaskStatus = StateValueFrom<typeof subTaskMachine> & string;

export const subTaskTable = createTransitionTable<SubTaskStatus, SubTaskEvent>(subTaskMachine);

/** Every subtask status, in the machine's order. */
export const SUBTASK_STATUSES = subTaskTable.statuses;
/** The statuses of open subtasks. */
export const OPEN_SUBTASK_STATUSES = subTaskTable.withTag('open');
export const HELD_SUBTASK_STATUSES = subTaskTable.withTag('held');

/** Does a node hold such a subtask? */
export const isHeldSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'held');
export const isClosedSubTask = (status: SubTaskStatus): boolean => subTaskTable.hasTag(status, 'closed');

const implied = new Map(
  subTaskTable.statuses.map((from) => [
    from,
    new Map(subTaskTable.statuses.map((to) => [to, subTaskTable.path(from, to, ['RETRY'])])),
  ]),
);

/** The steps that a report of one attempt implies: `RETRY` is never one of them, since it begins the next attempt. */
export const impliedSubTaskTransitions = (
  from: SubTaskStatus,
  to: SubTaskStatus,
): readonly SubTaskStatus[] | undefined => implied.get(from)?.get(to);
