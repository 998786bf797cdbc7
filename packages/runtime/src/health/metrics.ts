import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SweepObserver } from '../sweeps/sweep';

export { Counter, Gauge, Histogram, type Registry };

/** Gauges that prom-client names like counters. They are left out: each is the sum of a gauge that is exported too. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * Milliseconds between two samples of the event loop's lag, and the least lag that is shown: half of what the alert
 * EventLoopLag allows. At 10 ms, prom-client's default, an idle process uses 0.4 % of a core for them.
 */
const LAG_PRECISION_MS = 250;

/**
 * A service's metric registry, with the metrics of any process: prefix `cyberstroll_`, base units, labels never hold
 * ids. Code that knows a fact gets the registry and adds its own metrics to it.
 */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, prefix: 'cyberstroll_', eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(`cyberstroll_${name}`);
  return registry;
}

/** A gauge without labels that is read when the metrics are. */
export function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** Metrics of a service's sweeps, by sweep. */
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
    help: 'Whether this replica leads the sweep (1): one of all replicas does',
    labelNames: ['sweep'],
    registers,
  });
  return {
    leaderAsked: (sweep, isLeader) => leaders.set({ sweep }, isLeader ? 1 : 0),
    passed(sweep, durationSeconds, counts) {
      seconds.observe({ sweep }, durationSeconds);
      // Creates the series before the first failure, so that the first failure is visible as an increase.
      failures.inc({ sweep }, 0);
      for (const [item, count] of Object.entries(counts)) items.inc({ sweep, item }, count);
    },
    failed: (sweep) => failures.inc({ sweep }),
  };
}
