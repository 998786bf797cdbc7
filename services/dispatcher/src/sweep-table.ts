import type { SweepTable } from '@cyberstroll/runtime';

export const SWEEPS = {
  dispatch: {
    every: 'DISPATCH_INTERVAL_MS',
    idle: 'DISPATCH_IDLE_MS',
    overUnsettled: true,
    does: 'sends work. Every replica does; a lease for each task parts it',
  },
  'publish-rules': {
    every: 'CONTROL_INTERVAL_MS',
    leader: 'mongodb',
    does:
      'publishes to nodes on `cs.control` what must not begin: paused and held tasks, and what is ' +
      '[excluded](../../docs/exclusions.md). Each pass sends what is new; all of it goes out every 2 s, with what was ' +
      "resumed or ended in the last 45 s. Then `repeated`, with MongoDB's time before anything was read. Nodes begin " +
      'nothing 2 s after it',
  },
  'apply-holds': {
    every: 1_000,
    leader: 'mongodb',
    overUnsettled: true,
    does:
      'writes on tasks what holds them now, and releases the others: what is held at each pass, 500 of all open tasks in ' +
      'turn. That is for readers: the gate is asked where work is sent',
  },
  'settle-ended': {
    every: 10_000,
    leader: 'mongodb',
    does:
      'closes the ledger of tasks that will send no further target: COMPLETED, CANCELLED, deleted. Walks the tasks ' +
      'that have a ledger, 2,000 per pass',
  },
} as const satisfies SweepTable;
