import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { anyOf, SelectFilter } from '../../components/filter';
import { inWords } from '../../components/in-words';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { ruleName, stateName } from '../../language/define-texts';
import { NotifySwitch } from '../../notifications/notify-switch';
import { AlertGroups } from './alert-groups';
import { AlertActions, AlertState, Subject } from './alert-parts';
import { t } from './texts';

const RULES = Object.keys(ruleName.texts) as (keyof typeof ruleName.texts)[];
const STATES = ['firing', 'acknowledged', 'resolved'] as const;

const find = <Name extends string>(names: readonly Name[], name: string): Name | undefined =>
  names.find((each) => each === query.value.get(name));

/** What is open, by rule; or a list of all alerts, newest first. */
export default function AlertsPage() {
  const isList = query.value.has('state') || query.value.has('rule');
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <SelectFilter
          label={t('state')}
          name="state"
          options={anyOf(t('open'), ['any', ...STATES] as const, (name) =>
            name === 'any' ? t('any_state') : stateName(name),
          )}
        />
        <SelectFilter label={t('rule')} name="rule" options={anyOf(t('any_rule'), RULES, ruleName)} />
        <span class="space" />
        <NotifySwitch />
      </div>
      {isList ? <AlertList /> : <AlertGroups />}
    </>
  );
}

function AlertList() {
  const state = find(STATES, 'state');
  const rule = find(RULES, 'rule');
  const cursor = query.value.get('cursor') ?? undefined;
  const filter = { ...(state && { state }), ...(rule && { rule }), ...(cursor !== undefined && { cursor }) };
  const alerts = useGet('/api/alerts', { query: filter }, 3_000);
  return (
    <ListTable
      data={alerts}
      none={t('none')}
      toKey={({ alert_id }) => alert_id}
      columns={[
        [t('state'), (alert) => <AlertState {...alert} />],
        [t('severity'), ({ severity }) => t(severity)],
        [t('rule'), ({ alert_id, rule }) => <a href={`/problems/alerts/${alert_id}`}>{ruleName(rule)}</a>],
        [t('subject'), (alert) => <Subject alert={alert} />],
        [t('summary'), ({ summary, sentence }) => <bdi>{inWords(summary, sentence)}</bdi>],
        [t('raised'), ({ raised_time }) => <Time at={raised_time} />],
        [t('actions'), (alert) => <AlertActions alert={alert} onDone={alerts.reload} />, 'actions'],
      ]}
    />
  );
}
