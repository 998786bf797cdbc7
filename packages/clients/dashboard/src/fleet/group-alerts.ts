import type { Alert } from '@cyberstroll/client';

/** The open alerts of a rule. */
export interface AlertGroup {
  rule: Alert['rule'];
  /** The newest first. */
  alerts: Alert[];
  /** How many of them nobody has acknowledged. */
  firing: number;
  /** The id of the newest. */
  newest: string;
}

/** Critical rules first, then those with the newest alert. */
export function groupAlerts(open: readonly Alert[]): AlertGroup[] {
  const byRule = new Map<Alert['rule'], Alert[]>();
  for (const alert of open) byRule.set(alert.rule, [...(byRule.get(alert.rule) ?? []), alert]);
  const groups = [...byRule].map(([rule, ofRule]) => {
    const alerts = ofRule.sort((one, other) => (one.alert_id > other.alert_id ? -1 : 1));
    const firing = alerts.filter(({ state }) => state === 'firing').length;
    return { rule, alerts, firing, newest: (alerts[0] as Alert).alert_id };
  });
  const isCritical = ({ alerts }: AlertGroup) => Number(alerts[0]?.severity === 'critical');
  return groups.sort((one, other) => isCritical(other) - isCritical(one) || (one.newest > other.newest ? -1 : 1));
}
