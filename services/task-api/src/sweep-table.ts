import type { SweepTable } from '@cyberstroll/runtime';

export const SWEEPS = {
  'carry-out-operations': {
    every: 1_000,
    idle: 2_000,
    leader: 'operations',
    does:
      'commands the tasks of operations one after the other, a few of the oldest operation of each action in turns, ' +
      'and notes each outcome before the next. Pauses and cancels go first',
  },
  schedules: {
    every: 1_000,
    idle: 5_000,
    leader: 'schedules',
    does: 'creates the tasks of schedules that are due',
  },
  'continue-chains': {
    every: 1_000,
    idle: 2_000,
    leader: 'schedules',
    does: 'creates the tasks that follow others (`on_end`)',
  },
  'compare-runs': {
    every: 1_000,
    idle: 5_000,
    leader: 'schedules',
    does: 'compares the results of a run of a schedule with those of the run before',
  },
} as const satisfies SweepTable;
