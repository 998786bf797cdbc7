import { unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { SelectFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { ruleName, stateName } from '../../language/words';
import { AlertActions, AlertState, Subject } from './alert-parts';
import { t } from './texts';

const RULES = Object.keys(ruleName.texts) as (keyof typeof ruleName.texts)[];
const STATES = ['firing', 'acknowledged', 'resolved'] as const;

const find = <Name extends string>(names: readonly Name[], name: string): Name | undefined =>
  names.find((each) => each === query.value.get(name));

/** All alerts, newest first. */
export default function AlertsPage() {
  const state = find(STATES, 'state');
  const rule = find(RULES, 'rule');
  const cursor = query.value.get('cursor') ?? undefined;
  const filter = { ...(state && { state }), ...(rule && { rule }), ...(cursor !== undefined && { cursor }) };
  const alerts = useData((signal) => unwrap(client.GET('/api/alerts', { params: { query: filter }, signal })), {
    key: JSON.stringify(filter),
    every: 3_000,
  });
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter
          label={t('state')}
          name="state"
          options={{ '': t('any_state'), ...Object.fromEntries(STATES.map((name) => [name, stateName(name)])) }}
        />
        <SelectFilter
          label={t('rule')}
          name="rule"
          options={{ '': t('any_rule'), ...Object.fromEntries(RULES.map((name) => [name, ruleName(name)])) }}
        />
      </div>
      <ListTable
        data={alerts}
        none={t('none')}
        columns={[t('state'), t('severity'), t('rule'), t('subject'), t('summary'), t('raised'), t('actions')]}
        renderRow={(alert) => (
          <tr key={alert.alert_id}>
            <td>
              <AlertState state={alert.state} />
            </td>
            <td>{t(alert.severity)}</td>
            <td>
              <a href={`/alerts/${alert.alert_id}`}>{ruleName(alert.rule)}</a>
            </td>
            <td>
              <Subject alert={alert} />
            </td>
            <td>
              <bdi>{alert.summary}</bdi>
            </td>
            <td>
              <Time at={alert.raised_time} />
            </td>
            <td>
              <AlertActions alert={alert} onDone={alerts.reload} />
            </td>
          </tr>
        )}
      />
    </>
  );
}
