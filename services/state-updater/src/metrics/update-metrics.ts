import { REASSIGN_CAUSES, type SubTaskTransition } from '@cyberstroll/contracts';
import { Counter, Histogram, type Registry } from '@cyberstroll/runtime';
import { SUBTASK_STATUSES } from '@cyberstroll/state-machine';
import type { IncomingUpdate, UpdateResult } from '@cyberstroll/task-state';

export interface UpdateMetrics {
  /** An update is committed, or a dead letter. `update` where it was understood. */
  count(outcome: UpdateResult['outcome'], update?: IncomingUpdate['update']): void;
  countTransitions(steps: readonly SubTaskTransition[]): void;
  /** Of one batch: applied updates whose times cannot be. */
  countImplausible(updates: number): void;
  /** An envelope's updates are all committed now; its sender's clock may be ahead. */
  observeLag(sent: Date): void;
  /** Starts a batch's clock; call what it gives when the batch has committed, with how often it was decided anew. */
  startBatch(updates: number): (redone: number) => void;
}

export function createUpdateMetrics(registry: Registry): UpdateMetrics {
  const registers = [registry];
  const updates = new Counter({
    name: 'cyberstroll_state_updates_total',
    help: 'Updates of subtasks by what became of them',
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
  const redone = new Counter({
    name: 'cyberstroll_state_batches_redone_total',
    help: 'Transactions decided anew, because another writer or a fault came in between',
    registers,
  });
  const steps = new Counter({
    name: 'cyberstroll_subtask_transitions_total',
    help: 'Steps of subtasks by the status that they lead to; RETRYING is a retry that was decided on',
    labelNames: ['status'],
    registers,
  });
  const lag = new Histogram({
    name: 'cyberstroll_update_lag_seconds',
    help: 'Time from the moment that an envelope of updates was sent, by its sender, to the commit of the last of them',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300],
    registers,
  });
  const implausible = new Counter({
    name: 'cyberstroll_implausible_times_total',
    help: 'Applied updates whose times cannot be (more than an hour before the job was sent or after the receipt, or an end before its start): the clock of a node is wrong',
    registers,
  });
  const reassigned = new Counter({
    name: 'cyberstroll_subtasks_reassigned_total',
    help: 'Subtasks that were taken from the node that held them, to be tried on another, by cause',
    labelNames: ['cause'],
    registers,
  });
  for (const cause of REASSIGN_CAUSES) reassigned.inc({ cause }, 0);
  for (const outcome of ['applied', 'duplicate', 'stale', 'rejected']) updates.inc({ outcome }, 0);
  for (const status of SUBTASK_STATUSES) if (status !== 'PENDING') steps.inc({ status }, 0);
  return {
    countTransitions(made) {
      const counts = new Map<string, number>();
      for (const { status } of made) counts.set(status, (counts.get(status) ?? 0) + 1);
      for (const [status, count] of counts) steps.inc({ status }, count);
    },
    countImplausible: (count) => implausible.inc(count),
    observeLag: (sent) => lag.observe(Math.max(0, Date.now() - sent.getTime()) / 1_000),
    count(outcome, update) {
      updates.inc({ outcome });
      if (outcome === 'applied' && update?.reassigned !== undefined) reassigned.inc({ cause: update.reassigned });
    },
    startBatch(updatesInBatch) {
      const end = duration.startTimer();
      return (count) => {
        end();
        size.observe(updatesInBatch);
        redone.inc(count);
      };
    },
  };
}
