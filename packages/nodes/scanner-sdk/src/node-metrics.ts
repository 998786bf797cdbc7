import { addGauge, Counter, Gauge, type Registry } from '@cyberstroll/runtime';
import type { NodeStats } from './scanner-node';

/** The node's figures as metrics, read at each scrape. */
export function addNodeMetrics(registry: Registry, capacity: number, stats: () => NodeStats): void {
  const registers = [registry];
  new Counter({
    name: 'cyberstroll_node_claims_total',
    help: 'Subtasks that this node has claimed',
    registers,
    collect() {
      this.reset();
      this.inc(stats().claimed);
    },
  });
  new Counter({
    name: 'cyberstroll_node_scans_total',
    help: 'Scans that this node has reported as ended, by outcome',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      const { completed, failed, timed_out } = stats();
      for (const [outcome, count] of Object.entries({ completed, failed, timed_out })) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'cyberstroll_node_claims',
    help: 'Claims of this node: held, of these running, and unconfirmed (the broker has not confirmed an update)',
    labelNames: ['state'],
    registers,
    collect() {
      const { held, running, unconfirmed } = stats();
      for (const [state, count] of Object.entries({ held, running, unconfirmed })) this.set({ state }, count);
    },
  });
  addGauge(registry, 'cyberstroll_node_capacity', 'Addresses that this node scans at once', () => capacity);
}
