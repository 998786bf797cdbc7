import { collectDefaultMetrics, Registry } from 'prom-client';

export type { Registry };

/** A service's metric registry: prefix `cyberstroll_`, base units, labels never hold ids. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, prefix: 'cyberstroll_' });
  return registry;
}
