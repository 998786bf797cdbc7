import type { Registry } from '@cyberstroll/runtime';
import type { UpdateResult } from '@cyberstroll/store';
import { Counter, Histogram } from 'prom-client';

export interface UpdateMetrics {
  count(outcome: UpdateResult['outcome']): void;
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
  return {
    count: (outcome) => updates.inc({ outcome }),
    startBatch(updatesInBatch) {
      size.observe(updatesInBatch);
      const end = duration.startTimer();
      return (count) => {
        end();
        redone.inc(count);
      };
    },
  };
}
