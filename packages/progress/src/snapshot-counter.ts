import { Counter, type Registry } from '@cyberstroll/runtime';

const OUTCOMES = ['pushed', 'folded'] as const;

/** `folded`: a newer snapshot arrived within the same interval. */
export type SnapshotCounter = (outcome: (typeof OUTCOMES)[number]) => void;

/** Counts the snapshots of watched tasks. */
export function createSnapshotCounter(registry: Registry): SnapshotCounter {
  const snapshots = new Counter({
    name: 'cyberstroll_progress_snapshots_total',
    help:
      'Snapshots of watched tasks by outcome: pushed to all subscribers, or folded into a newer one of the same ' +
      'interval',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of OUTCOMES) snapshots.inc({ outcome }, 0);
  return (outcome) => snapshots.inc({ outcome });
}
