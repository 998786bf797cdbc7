import { REASSIGN_CAUSES, type SubTaskTransition } from '@cyberstroll/contracts';
import { Counter, Histogram, type Registry } from '@cyberstroll/runtime';
import { SUBTASK_STATUSES } from '@cyberstroll/state-machine';
import { type IncomingUpdate, isExcludedUpdate, type UpdateResult } from '@cyberstroll/task-state';

export interface UpdateMetrics {
  /** Counts the updates of a committed transaction, in its order. Rejected ones count when they are dead letters. */
  countCommitted(incoming: readonly IncomingUpdate[], results: readonly UpdateResult[]): void;
  countDeadLetters(updates: number): void;
  countTransitions(made: readonly SubTaskTransition[]): void;
  /** Counts the applied updates of one batch whose times are impossible. */
  countImplausible(updates: number): void;
  /** Call it when all updates of an envelope are committed. The sender's clock may be ahead; then the lag is 0. */
  observeLag(sent: Date): void;
  /** Counts a batch that is tried again in halves. */
  countSplit(): void;
  /** Starts the clock of a batch. Call the returned function at the commit, with the number of retries. */
  startBatch(updates: number): (retries: number) => void;
}

export function createUpdateMetrics(registry: Registry): UpdateMetrics {
  const registers = [registry];
  const updates = new Counter({
    name: 'cyberstroll_state_updates_total',
    help: 'Updates of subtasks by outcome: applied, duplicate, stale, rejected',
    labelNames: ['outcome'],
    registers,
  });
  const size = new Histogram({
    name: 'cyberstroll_state_batch_updates',
    help: 'Updates written in one transaction',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    registers,
  });
  const duration = new Histogram({
    name: 'cyberstroll_state_batch_seconds',
    help: 'Time from the first read of a transaction to its commit',
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const retries = new Counter({
    name: 'cyberstroll_state_batch_retries_total',
    help: 'Times that the transaction of a batch ran again, because another writer or a fault interrupted it',
    registers,
  });
  const splits = new Counter({
    name: 'cyberstroll_state_batch_splits_total',
    help: 'Transactions that collided twice with another updater, and were tried again in halves',
    registers,
  });
  const transitions = new Counter({
    name: 'cyberstroll_subtask_transitions_total',
    help: 'Transitions of subtasks by the status that they enter; RETRYING counts retries that were scheduled',
    labelNames: ['status'],
    registers,
  });
  const lag = new Histogram({
    name: 'cyberstroll_update_lag_seconds',
    help: 'Time from the sent_time of an envelope (the clock of its sender) to the commit of its last update',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300],
    registers,
  });
  const implausible = new Counter({
    name: 'cyberstroll_implausible_times_total',
    help:
      'Applied updates with impossible times (over an hour before the job was sent or after the receipt, or an end ' +
      'before its start); a wrong node clock',
    registers,
  });
  const reassigned = new Counter({
    name: 'cyberstroll_subtasks_reassigned_total',
    help: 'Subtasks that were reassigned from the node that held them to another, by cause',
    labelNames: ['cause'],
    registers,
  });
  const excluded = new Counter({
    name: 'cyberstroll_subtasks_excluded_total',
    help: 'Subtasks of open tasks that exclusions have cancelled',
    registers,
  });
  for (const cause of REASSIGN_CAUSES) reassigned.inc({ cause }, 0);
  for (const outcome of ['applied', 'duplicate', 'stale', 'rejected']) updates.inc({ outcome }, 0);
  for (const status of SUBTASK_STATUSES) if (status !== 'PENDING') transitions.inc({ status }, 0);
  return {
    countTransitions(made) {
      const counts = new Map<string, number>();
      for (const { status } of made) counts.set(status, (counts.get(status) ?? 0) + 1);
      for (const [status, count] of counts) transitions.inc({ status }, count);
    },
    countImplausible: (count) => implausible.inc(count),
    observeLag: (sent) => lag.observe(Math.max(0, Date.now() - sent.getTime()) / 1_000),
    countCommitted(incoming, results) {
      const counts = { applied: 0, duplicate: 0, stale: 0, rejected: 0 };
      results.forEach(({ outcome }, i) => {
        counts[outcome] += 1;
        const { update } = incoming[i]!;
        const cause = update.reassigned;
        if (outcome === 'applied' && cause !== undefined) reassigned.inc({ cause });
        if (outcome === 'applied' && isExcludedUpdate(update)) excluded.inc();
      });
      const { rejected: _, ...committed } = counts;
      for (const [outcome, count] of Object.entries(committed)) updates.inc({ outcome }, count);
    },
    countDeadLetters: (count) => updates.inc({ outcome: 'rejected' }, count),
    countSplit() {
      splits.inc();
      // Its second run, and the one in halves.
      retries.inc(2);
    },
    startBatch(updatesInBatch) {
      const end = duration.startTimer();
      return (count) => {
        end();
        size.observe(updatesInBatch);
        retries.inc(count);
      };
    },
  };
}
