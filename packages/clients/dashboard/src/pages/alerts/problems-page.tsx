import type { Task } from '@cyberstroll/client';
import { useData, useGet } from '../../api/use-data';
import { query, readChoices } from '../../browser/navigation';
import { anyOf, SelectFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { NameLink, TaskLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { needsPerson, Waiting } from '../../components/waiting-reason';
import { nameDeadLetterReason, ruleName } from '../../language/define-texts';
import { NotifySwitch } from '../../notifications/notify-switch';
import { AlertGroups, readOpen } from './alert-groups';
import { AlertPanel } from './alert-panel';
import { Silences, toAlertColumns } from './alert-parts';
import { t } from './texts';

const RULES = Object.keys(ruleName.texts) as (keyof typeof ruleName.texts)[];
const STATES = ['firing', 'acknowledged', 'resolved'] as const;

const find = <Name extends string>(names: readonly Name[], name: string): Name | undefined =>
  names.find((each) => each === query.value.get(name));

/** What waits for a person now: alerts by rule, dead letters, tasks; or a list of all alerts, newest first. */
export default function ProblemsPage({ alert_id }: { alert_id?: string }) {
  const isList = query.value.has('state') || query.value.has('rule');
  const alerts = useData(readOpen, { key: 'open', every: 3_000 });
  const names = new Map(alerts.value?.open.map(({ subject, subject_name }) => [subject, subject_name]));
  return (
    <>
      <h1>{t('problems')}</h1>
      <div class="filters">
        <SelectFilter
          label={t('show')}
          name="state"
          options={anyOf(t('open'), ['any', ...STATES] as const, (name) =>
            name === 'any' ? t('any_state') : t(`alerts_${name}`),
          )}
        />
        <SelectFilter label={t('rule')} name="rule" options={anyOf(t('any_rule'), RULES, ruleName)} />
        <span class="space" />
        <Silences names={names} onDone={alerts.reload} />
        <NotifySwitch />
      </div>
      {isList ? (
        <AlertList />
      ) : (
        <>
          <AlertGroups alerts={alerts} />
          <WaitingLetters />
          <WaitingTasks />
        </>
      )}
      {alert_id !== undefined && <AlertPanel key={alert_id} alert_id={alert_id} onDone={alerts.reload} />}
    </>
  );
}

/** Why dead letters wait, and how many of each; nothing where there is none. */
function WaitingLetters() {
  const groups = useGet('/api/dead-letters/groups', { query: { state: 'waiting' } }, 5_000);
  return (
    <Loaded data={groups}>
      {({ items }) =>
        items.length > 0 && (
          <section class="group" aria-label={t('dead_letters')}>
            <h2>{t('dead_letters')}</h2>
            <ul>
              {items.map(({ reason, waiting, newest }) => (
                <li key={reason}>
                  <NameLink
                    href={`/problems/dead-letters?state=waiting&open=${encodeURIComponent(reason)}`}
                    name={nameDeadLetterReason(reason)}
                  />
                  {t('colon')}
                  {t('dead_letters_wait', { count: waiting })} <Time at={newest} />
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Loaded>
  );
}

function AlertList() {
  const state = find(STATES, 'state');
  const rule = find(RULES, 'rule');
  const filter = { ...(state && { state }), ...(rule && { rule }), ...readChoices(['cursor']) };
  const alerts = useGet('/api/alerts', { query: filter }, 3_000);
  return (
    <ListTable
      data={alerts}
      none={t('none')}
      toKey={({ alert_id }) => alert_id}
      columns={[[t('rule'), ({ rule }) => ruleName(rule)], ...toAlertColumns(alerts.reload)]}
    />
  );
}

const MOST_READ = 200;

/** Tasks that wait for something that a person must do; nothing where there is none. */
function WaitingTasks() {
  const open = useGet('/api/tasks', { query: { status: ['RUNNING', 'QUEUED', 'CREATED'], limit: MOST_READ } }, 5_000);
  return (
    <Loaded data={open}>
      {({ items, next_cursor }) => (
        <>
          <WaitingTable waiting={items.filter(({ waiting_reason }) => needsPerson(waiting_reason))} />
          {next_cursor !== undefined && <p class="weak">{t('newest_tasks', { count: MOST_READ })}</p>}
        </>
      )}
    </Loaded>
  );
}

function WaitingTable({ waiting }: { waiting: readonly Task[] }) {
  if (waiting.length === 0) return null;
  return (
    <section class="group" aria-label={t('waiting_tasks')}>
      <h2>{t('waiting_tasks')}</h2>
      <Table
        rows={waiting}
        toKey={({ task_id }) => task_id}
        columns={[
          [t('task'), (task) => <TaskLink task={task} />, 'name'],
          [t('waits'), (task) => task.waiting_reason && <Waiting reason={task.waiting_reason} taskId={task.task_id} />],
          [t('created'), ({ created_time }) => <Time at={created_time} />],
        ]}
      />
    </section>
  );
}
