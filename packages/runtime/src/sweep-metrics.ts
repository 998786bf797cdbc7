import { Counter, Gauge, Histogram, type Registry } from './metrics';
import type { SweepObserver } from './sweep';

/** What a service's sweeps do, by sweep. */
export function createSweepMetrics(registry: Registry): SweepObserver {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'cyberstroll_sweep_seconds',
    help: 'Time that one pass of a sweep takes',
    labelNames: ['sweep'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const failures = new Counter({
    name: 'cyberstroll_sweep_failures_total',
    help: 'Passes of a sweep that ended with an error',
    labelNames: ['sweep'],
    registers,
  });
  const items = new Counter({
    name: 'cyberstroll_sweep_items_total',
    help: 'What the passes of a sweep did or found, by what it is',
    labelNames: ['sweep', 'item'],
    registers,
  });
  const leaders = new Gauge({
    name: 'cyberstroll_sweep_leader',
    help: 'Whether this replica holds the lease of the sweep (1): one of all replicas does',
    labelNames: ['sweep'],
    registers,
  });
  return {
    leaderAsked: (sweep, isLeader) => leaders.set({ sweep }, isLeader ? 1 : 0),
    passed(sweep, durationSeconds, counts) {
      seconds.observe({ sweep }, durationSeconds);
      // A series that is there before its first failure, so that this is seen to be one more.
      failures.inc({ sweep }, 0);
      for (const [item, count] of Object.entries(counts)) items.inc({ sweep, item }, count);
    },
    failed: (sweep) => failures.inc({ sweep }),
  };
}
