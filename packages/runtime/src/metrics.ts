import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry };

/** Gauges that prom-client names like counters; each is the sum of one that it has beside it. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * A service's metric registry, with what is known of any process: prefix `cyberstroll_`, base units, labels never hold ids.
 * Whoever knows a fact takes the registry and adds its own metrics to it.
 */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, prefix: 'cyberstroll_' });
  for (const name of MISNAMED) registry.removeSingleMetric(`cyberstroll_${name}`);
  return registry;
}
