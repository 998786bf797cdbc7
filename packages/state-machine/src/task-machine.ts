import { setup } from 'xstate';

export type TaskEvent = 'QUEUE' | 'START' | 'PAUSE' | 'RESUME' | 'COMPLETE' | 'FAIL' | 'TIME_OUT' | 'CANCEL' | 'RETRY';

/**
 * The states of a task, as the contract draws them (2.1). Arrows with `meta.extension` are ours and not the contract's:
 * an operator must be able to stop a running scan, targets may turn out to be impossible to dispatch, and an operator
 * may take up a task again that failed or ran out of time.
 *
 * Used as data: no actor is ever created. `open` states go on by themselves or by a command; `ended` ones rest.
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
      tags: ['open', 'dispatchable', 'timed'],
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
    COMPLETED: { tags: ['ended', 'final'] },
    FAILED: { tags: ['ended'], on: { RETRY: { target: 'RUNNING', meta: { extension: true } } } },
    CANCELLED: { tags: ['ended', 'final'] },
    TIMEOUT: { tags: ['ended'], on: { RETRY: { target: 'RUNNING', meta: { extension: true } } } },
  },
});
