import { type StateValueFrom, setup } from 'xstate';
import { createTransitionTable } from './transition-table';

export type TaskEvent = 'QUEUE' | 'START' | 'PAUSE' | 'RESUME' | 'COMPLETE' | 'FAIL' | 'TIME_OUT' | 'CANCEL' | 'RETRY';

/**
 * The states of a task, as the contract draws them (2.1). Arrows with `meta.extension` are ours and not the contract's:
 * an operator must be able to stop a running scan, targets may turn out to be impossible to dispatch, and an operator
 * may retry a task that failed, ran out of time, or completed with failed addresses. The machine does not count: the
 * code that takes the arrow (`reopen-task.ts` of the store) checks that a COMPLETED task has a failed or timed-out
 * subtask.
 *
 * Used as data: no actor is ever created. A task in an `open` state continues automatically or by a command;
 * a task in an `ended` state continues only if an operator retries it.
 * `all_sent`: no target of the task will ever be sent out for the first time again, whatever command comes.
 */
export const taskMachine = setup({
  types: { events: {} as { type: TaskEvent } },
}).createMachine({
  id: 'task',
  initial: 'CREATED',
  states: {
    CREATED: { tags: ['open'], on: { QUEUE: { target: 'QUEUED' }, CANCEL: { target: 'CANCELLED' } } },
    QUEUED: {
      tags: ['open', 'dispatchable'],
      on: {
        START: { target: 'RUNNING' },
        CANCEL: { target: 'CANCELLED' },
        FAIL: { target: 'FAILED', meta: { extension: true } },
      },
    },
    RUNNING: {
      tags: ['open', 'dispatchable'],
      on: {
        COMPLETE: { target: 'COMPLETED' },
        PAUSE: { target: 'PAUSED' },
        FAIL: { target: 'FAILED' },
        TIME_OUT: { target: 'TIMEOUT' },
        CANCEL: { target: 'CANCELLED', meta: { extension: true } },
      },
    },
    PAUSED: {
      tags: ['open'],
      on: {
        RESUME: { target: 'RUNNING' },
        FAIL: { target: 'FAILED' },
        TIME_OUT: { target: 'TIMEOUT' },
        CANCEL: { target: 'CANCELLED', meta: { extension: true } },
      },
    },
    COMPLETED: { tags: ['ended', 'all_sent'], on: { RETRY: { target: 'RUNNING', meta: { extension: true } } } },
    FAILED: { tags: ['ended'], on: { RETRY: { target: 'RUNNING', meta: { extension: true } } } },
    CANCELLED: { tags: ['ended', 'all_sent', 'final'] },
    TIMEOUT: { tags: ['ended'], on: { RETRY: { target: 'RUNNING', meta: { extension: true } } } },
  },
});

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
