import type { Alert, Client, Silence } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { ActionButton } from '../../components/action-button';
import { Input } from '../../components/input';
import { Menu } from '../../components/menu';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { toSubjectName } from '../../fleet/group-alerts';
import { ruleName } from '../../language/define-texts';
import { t } from './texts';

type Covered = Pick<Alert, 'rule'> & Partial<Pick<Alert, 'subject' | 'subject_name'>>;

/** What an alert or a silence is about, in words. */
export function nameSubject({ subject, subject_name }: Omit<Covered, 'rule'>): string {
  if (subject === undefined) return t('any_subject');
  return subject === 'system' ? t('system') : toSubjectName({ subject, subject_name }) || t('unnamed');
}

const toNames = (of: Covered) => ({ rule: ruleName(of.rule), subject: nameSubject(of) });

/** Silences a rule, or one subject of it, for some hours. */
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
