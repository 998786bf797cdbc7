import type { Alert } from '@cyberstroll/client';
import { findNewGroups } from './find-new-groups';

const toAlert = (alert_id: string, rule: Alert['rule'], changes: Partial<Alert> = {}) =>
  ({ alert_id, rule, state: 'firing', severity: 'warning', ...changes }) as Alert;

const look = (alerts: readonly Alert[], before: readonly string[] | undefined, isAll = true) => {
  const { groups, known } = findNewGroups({ alerts, isAll }, before);
  return { groups: groups.map(({ rule, alerts: ofRule }) => [rule, ofRule.length]), known };
};

it('finds one group for all alerts of a rule that has begun to fire, and the same never again', () => {
  const alerts = [toAlert('a', 'node_silent'), toAlert('b', 'node_silent'), toAlert('c', 'zombie')];
  expect(look(alerts, ['zombie'])).toEqual({ groups: [['node_silent', 2]], known: ['zombie', 'node_silent'] });
  expect(look([...alerts, toAlert('d', 'zombie')], ['node_silent', 'zombie']).groups).toEqual([]);
});

it('finds a rule again that fires again after it was over', () => {
  const { known } = look([], ['zombie']);
  expect(look([toAlert('a', 'zombie')], known).groups).toEqual([['zombie', 1]]);
});

it('finds nothing at the first read', () => {
  expect(look([toAlert('a', 'zombie')], undefined)).toEqual({ groups: [], known: ['zombie'] });
});

it.each<[string, Partial<Alert>]>([
  ['acknowledged', { state: 'acknowledged' }],
  ['resolved', { state: 'resolved' }],
  ['silenced', { silence: {} as never }],
])('finds no alert that is %s', (_name, changes) => {
  expect(look([toAlert('a', 'zombie', changes)], [])).toEqual({ groups: [], known: [] });
});

it('forgets no rule that may be among the alerts that were not read', () => {
  expect(look([toAlert('a', 'zombie')], ['node_silent'], false).known).toEqual(['zombie', 'node_silent']);
});
