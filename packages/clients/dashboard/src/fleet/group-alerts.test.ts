import type { Alert, Silence } from '@cyberstroll/client';
import { groupAlerts } from './group-alerts';

const toAlert = (alert_id: string, rule: Alert['rule'], more: Partial<Alert> = {}) =>
  ({ alert_id, rule, severity: 'warning', state: 'firing', ...more }) as Alert;

it('groups alerts by rule: critical ones first, then the newest, what is silenced last', () => {
  const groups = groupAlerts([
    toAlert('a1', 'zombie'),
    toAlert('a4', 'node_silent', { state: 'acknowledged' }),
    toAlert('a2', 'queue_backlog', { severity: 'critical' }),
    toAlert('a3', 'zombie'),
    toAlert('a5', 'consistency', { severity: 'critical', silence: {} as Silence }),
  ]);
  expect(groups.map(({ rule, alerts, firing, newest }) => [rule, alerts.length, firing, newest])).toEqual([
    ['queue_backlog', 1, 1, 'a2'],
    ['node_silent', 1, 0, 'a4'],
    ['zombie', 2, 2, 'a3'],
    ['consistency', 1, 0, 'a5'],
  ]);
});
