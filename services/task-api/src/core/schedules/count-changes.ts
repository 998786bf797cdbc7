import { type PortChange, type PortDifference, parsePorts, type ScheduleAlert } from '@cyberstroll/contracts';

/** What changed, and how much of it an alert counts. */
export interface ChangeCounts {
  opened: number;
  closed: number;
  changed: number;
  alerting: number;
}

const COUNTED = {
  opened: 'opened',
  closed: 'closed',
  service_changed: 'changed',
  banner_changed: 'changed',
  not_scanned: undefined,
} as const satisfies Record<PortChange, keyof ChangeCounts | undefined>;

/**
 * Counts the differences of hosts, one after the other, on from what is counted already. What one of the two runs has
 * not scanned is no change.
 */
export function createChangeCounter(
  alert: ScheduleAlert | undefined,
  { opened, closed, changed, alerting }: ChangeCounts = { opened: 0, closed: 0, changed: 0, alerting: 0 },
) {
  const ports = alert?.ports === undefined ? undefined : new Set(parsePorts(alert.ports));
  const counts: ChangeCounts = { opened, closed, changed, alerting };
  return {
    counts,
    add(differences: readonly Pick<PortDifference, 'port' | 'change'>[]): void {
      for (const { port, change } of differences) {
        const name = COUNTED[change];
        if (!name) continue;
        counts[name] += 1;
        if (!ports || ports.has(port)) counts.alerting += 1;
      }
    },
  };
}
