import type { Alert } from '@cyberstroll/client';

export interface AlertGroup {
  rule: Alert['rule'];
  alerts: Alert[];
  /** How many of them nobody has acknowledged, and no silence covers. */
  firing: number;
  /** How many of them a silence covers. */
  silenced: number;
  /** The id of the newest. */
  newest: string;
}

/** What an alert is about, by its name; empty for the whole system, and where only an id is known. */
export const toSubjectName = ({ subject, subject_name }: Pick<Alert, 'subject' | 'subject_name'>): string =>
  subject_name ?? (subject === 'system' || /[0-9a-f]{24}/.test(subject) ? '' : subject);

/** Critical rules first, then those with the newest alert; last the rules whose alerts are all silenced. */
export function groupAlerts(open: readonly Alert[]): AlertGroup[] {
  const byRule = new Map<Alert['rule'], Alert[]>();
  for (const alert of open) byRule.set(alert.rule, [...(byRule.get(alert.rule) ?? []), alert]);
  const groups = [...byRule].map(([rule, ofRule]) => {
    const alerts = ofRule.sort((one, other) => (one.alert_id > other.alert_id ? -1 : 1));
    const firing = alerts.filter(({ state, silence }) => state === 'firing' && !silence).length;
    const silenced = alerts.filter(({ silence }) => silence).length;
    return { rule, alerts, firing, silenced, newest: (alerts[0] as Alert).alert_id };
  });
  const isCritical = ({ alerts }: AlertGroup) => Number(alerts[0]?.severity === 'critical');
  const isSilent = ({ alerts, silenced }: AlertGroup) => Number(silenced === alerts.length);
  return groups.sort(
    (one, other) =>
      isSilent(one) - isSilent(other) || isCritical(other) - isCritical(one) || (one.newest > other.newest ? -1 : 1),
  );
}
