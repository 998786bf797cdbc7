import type { Readiness } from './health';
import { Gauge, type Registry } from './metrics';

/** What `/readyz` says, as a metric: asked for when the metrics are read. */
export function addReadyGauge(registry: Registry, readiness: Readiness): void {
  new Gauge({
    name: 'cyberstroll_ready',
    help: 'Whether what the service needs can be used (1), by what it is; `service` itself is 0 while it stops',
    labelNames: ['check'],
    registers: [registry],
    async collect() {
      const { checks } = await readiness.report();
      for (const [check, answer] of Object.entries({ service: 'ok', ...checks })) {
        this.set({ check }, answer === 'ok' ? 1 : 0);
      }
    },
  });
}
