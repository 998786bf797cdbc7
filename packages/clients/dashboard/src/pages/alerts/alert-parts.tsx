import type { Alert, Silence } from '@cyberstroll/client';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { ActionButton } from '../../components/action-button';
import { Time } from '../../components/time';
import { ruleName, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { KINDS, PAGES } from './first-steps';
import { nameSubject, SilenceButton } from './silences';
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

/** By their names on the command line. */
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
