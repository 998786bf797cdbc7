import type { Alert, Client, Silence } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { ActionButton } from '../../components/action-button';
import { inWords } from '../../components/in-words';
import { Input } from '../../components/input';
import { Menu } from '../../components/menu';
import { besideList } from '../../components/side-panel';
import { type Column, Table } from '../../components/table';
import { Time } from '../../components/time';
import { toSubjectName } from '../../fleet/group-alerts';
import { ruleName, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { KINDS, PAGES } from './first-steps';
import { t } from './texts';

const LOOKS = {
  firing: { tone: 'bad', glyph: '▲' },
  acknowledged: { tone: 'late', glyph: '△' },
  resolved: { tone: 'good', glyph: '✓' },
} as const;

export const AlertState = ({ state, silence }: Pick<Alert, 'state' | 'silence'>) => (
  <>
    <Badge {...LOOKS[state]} name={stateName(state)} />
    {silence && state !== 'resolved' && <Silenced silence={silence} />}
  </>
);

const Silenced = ({ silence: { operator, reason, until } }: { silence: Silence }) => (
  <div class="weak">
    <Badge tone="idle" glyph="∅" name={t('silenced')} /> <bdi>{t('silenced_why', { operator, reason })}</bdi>{' '}
    <Time at={until} />
  </div>
);

/** What the alert is about, by its name, as a link to its page. */
export function Subject({ alert }: { alert: Alert }) {
  const { rule, subject } = alert;
  if (rule === 'dead_letter') return <a href="/problems/dead-letters?state=waiting">{t('dead_letters')}</a>;
  const kind = KINDS[rule];
  const name = <bdi>{rule === 'operation_stalled' ? t('bulk_command') : nameSubject(alert)}</bdi>;
  return kind && subject !== 'system' ? <a href={PAGES[kind] + encodeURIComponent(subject)}>{name}</a> : name;
}

const COMMANDS = { acknowledge: 'ack', resolve: 'resolve' } as const;

/** Acknowledge and resolve, as far as they make sense now. */
export function AlertActions({ alert, onDone }: { alert: Alert; onDone: () => void }) {
  if (!isOperator.value || alert.state === 'resolved') return null;
  const { alert_id, rule, state } = alert;
  const params = { path: { alert_id } };
  const names = { rule: ruleName(rule), subject: nameSubject(alert) };
  return (
    <div class="buttons">
      {(['acknowledge', 'resolve'] as const)
        .filter((name) => name === 'resolve' || state === 'firing')
        .map((name) => (
          <ActionButton
            key={name}
            label={t(name)}
            onDone={onDone}
            command={{
              send: (by, reason) => by.POST(`/api/alerts/{alert_id}/${name}`, { params, body: toReasonField(reason) }),
              toCli: (reason) => `cyberstroll alert ${COMMANDS[name]} ${alert_id}${toReasonOption(reason)}`,
            }}
          >
            <p>{t(`${name}_what`, names)}</p>
          </ActionButton>
        ))}
      {!alert.silence && <SilenceButton label={t('silence')} of={alert} onDone={onDone} />}
    </div>
  );
}

type Covered = Pick<Alert, 'rule'> & Partial<Pick<Alert, 'subject' | 'subject_name'>>;

/** What an alert or a silence is about, in words. */
function nameSubject({ subject, subject_name }: Omit<Covered, 'rule'>): string {
  if (subject === undefined) return t('any_subject');
  return subject === 'system' ? t('system') : toSubjectName({ subject, subject_name }) || t('unnamed');
}

const toNames = (of: Covered) => ({ rule: ruleName(of.rule), subject: nameSubject(of) });

export function SilenceButton({ label, of, onDone }: { label: string; of: Covered; onDone: () => void }) {
  const hours = useSignal('4');
  const { rule, subject } = of;
  return (
    <ActionButton
      label={label}
      onDone={onDone}
      needsReason
      command={{
        send: (by, reason) =>
          by.POST('/api/silences', {
            body: { rule, ...(subject !== undefined && { subject }), hours: Number(hours.value), reason },
          }),
        toCli: (reason) =>
          `cyberstroll silence create ${rule}${subject === undefined ? '' : ` --subject ${toShellWord(subject)}`}` +
          ` --hours ${hours.value}${toReasonOption(reason)}`,
      }}
    >
      <p>{t('silence_what', toNames(of))}</p>
      <Input label={t('hours')} value={hours} type="number" min={1} max={720} required />
    </ActionButton>
  );
}

/** A list of alerts: each leads to its panel. */
export const toAlertColumns = (onDone: () => void): Column<Alert>[] => [
  [t('state'), (alert) => <AlertState {...alert} />],
  [t('subject'), (alert) => <Subject alert={alert} />],
  [
    t('summary'),
    ({ alert_id, summary, sentence }) => (
      <a href={besideList(`/problems/alerts/${alert_id}`)}>{inWords(summary, sentence)}</a>
    ),
  ],
  [t('raised'), ({ raised_time }) => <Time at={raised_time} />],
  [t('actions'), (alert) => <AlertActions alert={alert} onDone={onDone} />, 'actions'],
];

const MOST = 200;

/** What is silenced now, and until when; subjects by the names that their alerts have. */
export function Silences({ names, onDone }: { names: ReadonlyMap<string, string | undefined>; onDone: () => void }) {
  const { value, reload } = useGet('/api/silences', { query: { limit: MOST } }, 4_000);
  const items = value?.items ?? [];
  if (items.length === 0) return null;
  const onEnded = () => {
    reload();
    onDone();
  };
  return (
    <Menu name={`${t('silences')} (${items.length})`}>
      <Table
        rows={items}
        toKey={({ silence_id }) => silence_id}
        columns={[
          [t('rule'), ({ rule }) => ruleName(rule)],
          [
            t('subject'),
            ({ subject }) => <bdi>{nameSubject({ subject, subject_name: names.get(subject ?? '') })}</bdi>,
          ],
          [t('ends'), ({ until }) => <Time at={until} />],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('silenced_by'), ({ operator }) => <bdi>{operator}</bdi>],
          [t('actions'), (silence) => <EndButton silence={silence} onDone={onEnded} />, 'actions'],
        ]}
      />
    </Menu>
  );
}

function EndButton({ silence, onDone }: { silence: Silence; onDone: () => void }) {
  if (!isOperator.value) return null;
  const { silence_id } = silence;
  const params = { path: { silence_id } };
  const command = {
    send: (by: Client, reason: string) =>
      by.DELETE('/api/silences/{silence_id}', { params: { ...params, query: toReasonField(reason) } }),
    toCli: (reason: string) => `cyberstroll silence end ${silence_id}${toReasonOption(reason)}`,
  };
  return (
    <ActionButton label={t('end_silence')} command={command} onDone={onDone}>
      <p>{t('end_silence_what', toNames(silence))}</p>
    </ActionButton>
  );
}
