import type { SweepTable } from '@cyberstroll/runtime';

export const SWEEPS = {
  'recall-lost': {
    every: 500,
    idle: 2_000,
    leader: 'mongodb',
    overUnsettled: true,
    does:
      'finds what was sent, was begun by no node, and is perhaps lost: dropped by nodes during a pause or a hold, with ' +
      'a node that fell silent, or gone with its queue (`RESEND_AFTER_MS` after it was sent, if neither the queue nor a ' +
      'full node can have it). First attempts are found by the ledger (`src/core/find-left-queue.ts`; only if two reads ' +
      'some time apart both find them untouched, `second-look.ts`), retries by their times. What is recalled waits to ' +
      'be sent. A chunk whose subtasks have all been touched is deleted. Nothing is recalled while the updaters are ' +
      'behind',
  },
  'retry-all': {
    every: 'RETRY_INTERVAL_MS',
    idle: 1_000,
    leader: 'mongodb',
    overUnsettled: true,
    does:
      "carries out an operator's retry of whole tasks: 5,000 failed subtasks per task and pass, while the updaters " +
      'keep up: few envelopes wait for them, or updates are applied within 2 s. The task does not end before it is done',
  },
  'apply-exclusions': {
    every: 250,
    idle: 1_000,
    leader: 'mongodb',
    overUnsettled: true,
    does:
      'cancels in open tasks what is [excluded](../../docs/exclusions.md), by service updates: the untouched, a page of ' +
      'each task per pass, and what is open',
  },
  'follow-ended': {
    every: 'FOLLOW_INTERVAL_MS',
    leader: 'mongodb',
    overUnsettled: true,
    does: 'cancels the open subtasks of an ended task by service updates, then settles the task',
  },
  'roll-up': {
    every: 'ROLL_UP_INTERVAL_MS',
    leader: 'mongodb',
    overUnsettled: true,
    does:
      'rolls up the tasks that no living updater will: their counters have not moved for 2 s although a transition is ' +
      'due, or for 15 s although their document does not show them. This ends a task whose updater died between its ' +
      'commit and its roll-up. Each pass compares two numbers of 2,000 open tasks, and reads in full only tasks that ' +
      'have changed and are now idle',
  },
  'follow-inventory': {
    every: 500,
    idle: 2_000,
    leader: 'mongodb',
    does:
      'adds to the inventory (`hosts`, `host_changes`) what batches have completed (`completions`), the oldest first, ' +
      'for 200 ms per pass, in portions of 5,000 scans. Each portion is one transaction that deletes what it has added, ' +
      'so each scan counts once',
  },
  audit: {
    every: 1_000,
    leader: 'mongodb',
    does:
      'every `AUDIT_INTERVAL_MS`, in passes of half a second at most: compares tasks that are open or have just ended ' +
      'with their counters and subtasks, searches for orphans, reports findings and corrects them',
  },
  'clean-up': {
    every: 2_000,
    idle: 5_000,
    leader: 'clean-up',
    does:
      'every `CLEAN_UP_INTERVAL_MS`: archives and deletes settled tasks that ended more than `EXPIRE_DAYS` ago; at each ' +
      'pass the tasks that an operator asked for (`POST /api/tasks/clean-up`). It has a leader of its own, which gives ' +
      'a long pass away alone',
  },
  'clean-up-large': {
    every: 2_000,
    idle: 5_000,
    leader: 'clean-up-large',
    does: 'the same for tasks of more than 65,536 addresses: the others do not wait for them. It has a leader of its own',
  },
} as const satisfies SweepTable;
