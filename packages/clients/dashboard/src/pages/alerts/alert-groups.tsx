import { type Alert, unwrap } from '@cyberstroll/client';
import { toReasonField, toReasonOption } from '../../api/command';
import { client, isOperator } from '../../api/session';
import type { Data } from '../../api/use-data';
import { ActionButton } from '../../components/action-button';
import { Empty, Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { type AlertGroup, groupAlerts } from '../../fleet/group-alerts';
import { formatNumber, ruleName } from '../../language/define-texts';
import { SilenceButton, toAlertColumns } from './alert-parts';
import { t } from './texts';

/** Alerts of each state that are read; of more, the counts say "at least". */
const MOST_READ = 500;
const MOST_SHOWN = 5;

/** What is open now, by rule: what one cause has raised is commanded at once. */
export const AlertGroups = ({ alerts }: { alerts: Data<OpenAlerts> }) => (
  <Loaded data={alerts}>
    {({ open, isAll }) =>
      open.length === 0 ? (
        <Empty isSmall>{t('none_open')}</Empty>
      ) : (
        groupAlerts(open).map((group) => <Group key={group.rule} group={group} isAll={isAll} data={alerts} />)
      )
    }
  </Loaded>
);

export interface OpenAlerts {
  open: Alert[];
  /** False where there are more than were read. */
  isAll: boolean;
}

export async function readOpen(signal: AbortSignal): Promise<OpenAlerts> {
  const pages = await Promise.all(
    (['firing', 'acknowledged'] as const).map((state) =>
      unwrap(client.GET('/api/alerts', { params: { query: { state, limit: MOST_READ } }, signal })),
    ),
  );
  return {
    open: pages.flatMap(({ items }) => items),
    isAll: pages.every(({ next_cursor }) => next_cursor === undefined),
  };
}

function Group({ group, isAll, data }: { group: AlertGroup; isAll: boolean; data: Data<unknown> }) {
  const { rule, alerts, firing, silenced } = group;
  const shown = alerts.slice(0, MOST_SHOWN);
  return (
    <section class="group" aria-label={ruleName(rule)}>
      <div class="title">
        <h2>{ruleName(rule)}</h2>
        <span>
          {t(isAll ? 'open_of_rule' : 'open_at_least', { count: alerts.length, firing: formatNumber(firing) })}
          {silenced > 0 && t('comma') + t('open_silenced', { count: silenced })}
        </span>
        <span class="space" />
        <GroupActions group={group} onDone={data.reload} />
      </div>
      <Table rows={shown} toKey={({ alert_id }) => alert_id} columns={toAlertColumns(data.reload)} />
      {alerts.length > shown.length && (
        <p>
          <a href={`/problems?rule=${rule}`}>{t('all_of_rule')}</a>
        </p>
      )}
    </section>
  );
}

/** The commands for the alerts of a rule that the reader sees counted, by their names on the command line. */
const COMMANDS = { acknowledge: 'ack-all', resolve: 'resolve-all' } as const;
type CommandName = keyof typeof COMMANDS;

/** Acknowledge and resolve, for what is open; and silence, for all of the rule. */
function GroupActions({ group, onDone }: { group: AlertGroup; onDone: () => void }) {
  if (!isOperator.value) return null;
  const { rule, alerts, firing, newest } = group;
  const counts = { acknowledge: firing, resolve: alerts.length };
  return (
    <div class="buttons">
      {(Object.keys(COMMANDS) as CommandName[])
        .filter((name) => alerts.length > 1 && counts[name] > 0)
        .map((name) => (
          <ActionButton
            key={name}
            label={t(`${name}_all`)}
            onDone={onDone}
            command={{
              send: (by, reason) =>
                by.POST(`/api/alerts/${name}`, { body: { rule, up_to: newest, ...toReasonField(reason) } }),
              toCli: (reason) =>
                `cyberstroll alert ${COMMANDS[name]} ${rule} --up-to ${newest}${toReasonOption(reason)}`,
            }}
          >
            <p>{t(`${name}_all_what`, { rule: ruleName(rule), count: counts[name] })}</p>
          </ActionButton>
        ))}
      <SilenceButton label={t('silence_rule')} of={{ rule }} onDone={onDone} />
    </div>
  );
}
