import type { Alert, Silence } from '@cyberstroll/client';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { ActionButton } from '../../components/action-button';
import { Time } from '../../components/time';
import { ruleName, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
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

/** The subject as a link to its page. */
export function Subject({ alert }: { alert: Alert }) {
  const { subject, rule } = alert;
  if (rule === 'dead_letter') return <a href="/problems/dead-letters?state=waiting">{t('dead_letters')}</a>;
  if (rule === 'operation_stalled') return <a href={`/tasks?operation=${subject}`}>{subject}</a>;
  if (rule === 'exclusion_ending' || rule === 'schedule_key_expires' || rule === 'document_unreadable') {
    return <bdi>{subject}</bdi>;
  }
  if (rule === 'schedule_stopped' || rule === 'schedule_late')
    return <a href={`/plan/schedules/${subject}`}>{subject}</a>;
  if (/^[0-9a-f]{24}$/.test(subject)) return <a href={`/tasks/${subject}`}>{subject}</a>;
  if (/^(node_silent|zombie|node_id_shared)$/.test(rule)) {
    return (
      <a href={`/fleet/nodes/${encodeURIComponent(subject)}`}>
        <bdi>{subject}</bdi>
      </a>
    );
  }
  return <bdi>{nameSubject(subject)}</bdi>;
}

/** Acknowledge and resolve, as far as they make sense now. */
export function AlertActions({ alert, onDone }: { alert: Alert; onDone: () => void }) {
  if (!isOperator.value || alert.state === 'resolved') return null;
  const params = { path: { alert_id: alert.alert_id } };
  const names = { rule: ruleName(alert.rule), subject: nameSubject(alert.subject) };
  return (
    <div class="buttons">
      {alert.state === 'firing' && (
        <ActionButton
          label={t('acknowledge')}
          onDone={onDone}
          command={{
            send: (by, reason) =>
              by.POST('/api/alerts/{alert_id}/acknowledge', { params, body: toReasonField(reason) }),
            toCli: (reason) => `cyberstroll alert ack ${alert.alert_id}${toReasonOption(reason)}`,
          }}
        >
          <p>{t('acknowledge_what', names)}</p>
        </ActionButton>
      )}
      <ActionButton
        label={t('resolve')}
        onDone={onDone}
        command={{
          send: (by, reason) => by.POST('/api/alerts/{alert_id}/resolve', { params, body: toReasonField(reason) }),
          toCli: (reason) => `cyberstroll alert resolve ${alert.alert_id}${toReasonOption(reason)}`,
        }}
      >
        <p>{t('resolve_what', names)}</p>
      </ActionButton>
      {!alert.silence && <SilenceButton label={t('silence')} of={alert} onDone={onDone} />}
    </div>
  );
}
