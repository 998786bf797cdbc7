import { Gauge, type Registry } from '@cyberstroll/runtime';
import type { TaskLeases } from '../adapters/task-leases';

export function watchTaskLeases(leases: TaskLeases, registry: Registry): void {
  new Gauge({
    name: 'cyberstroll_task_leases_held',
    help: 'Tasks whose lease this replica holds; it dispatches them',
    registers: [registry],
    collect() {
      this.set(leases.countMine());
    },
  });
}
