import { Gauge, type Registry } from '@cyberstroll/runtime';

export function createStreamsGauge(registry: Registry, countStreams: () => number): void {
  new Gauge({
    name: 'cyberstroll_event_streams',
    help: 'Open streams of server-sent events',
    registers: [registry],
    collect() {
      this.set(countStreams());
    },
  });
}
