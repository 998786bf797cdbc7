import type { Exclusion } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { navigate } from '../../browser/navigation';
import { ActionButton, ActionDialog } from '../../components/action-button';
import { toIsoTime } from '../../components/format-time';
import { assign, Input } from '../../components/input';
import { WeekField } from '../../components/pace/week-field';
import { readWindowLines, splitLines } from '../../components/pace/window-lines';
import { toWindowText } from '../../components/scan-windows';
import { Time } from '../../components/time';
import { stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

type State = Exclusion['state'];
export const LOOKS = {
  in_force: { tone: 'bad', glyph: '⊘' },
  planned: { tone: 'waiting', glyph: '◔' },
  ended: { tone: 'off', glyph: '✓' },
} as const satisfies Record<State, { tone: string; glyph: string }>;

/** The ports and the hours that it is about, unless it is about all. */
export const ExclusionParts = ({ exclusion: { ports, hours = [] } }: { exclusion: Exclusion }) => (
  <>
    {ports !== undefined && <div>{t('of_ports', { ports })}</div>}
    {hours.length > 0 && <div class="weak">{hours.map(toWindowText).join('; ')}</div>}
  </>
);

export const ExclusionState = ({ state }: { state: State }) => <Badge {...LOOKS[state]} name={stateName(state)} />;

export function ExclusionEnd({ exclusion: { end, lifted_time, lifted_by } }: { exclusion: Exclusion }) {
  if (lifted_time === undefined) return end === undefined ? t('until_lifted') : <Time at={end} />;
  return (
    <>
      <bdi>{t('lifted_by', { operator: lifted_by ?? '–' })}</bdi>, <Time at={lifted_time} />
    </>
  );
}

export function CreateExclusion(then: { onDone: () => void; onClose: () => void }) {
  const target = useSignal('');
  const ports = useSignal('');
  const hours = useSignal('');
  const start = useSignal('');
  const end = useSignal('');
  const parts = () => ({
    ...(ports.value.trim() !== '' && { ports: ports.value.trim() }),
    ...(start.value !== '' && { start: toIsoTime(start.value) as string }),
    ...(end.value !== '' && { end: toIsoTime(end.value) as string }),
  });
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      needsReason
      command={{
        send: (by, reason) =>
          by.POST('/api/exclusions', {
            body: {
              target: target.value.trim(),
              reason,
              ...parts(),
              ...(hours.value !== '' && { hours: readWindowLines(hours.value) }),
            },
          }),
        toCli: (reason) =>
          `cyberstroll exclusion add ${toShellWord(target.value.trim())}${toReasonOption(reason)}` +
          Object.entries(parts())
            .map(([name, at]) => ` --${name} ${toShellWord(at)}`)
            .concat(splitLines(hours.value).map((line) => ` --hours ${toShellWord(line)}`))
            .join(''),
      }}
    >
      <p>{t('create_what')}</p>
      <Input label={t('target')} value={target} maxLength={100} required />
      <Input label={t('only_ports')} value={ports} maxLength={200} />
      <WeekField label={t('hours')} lines={hours.value} onTyped={(lines) => assign(hours, lines)} />
      <Input label={t('from_at')} value={start} type="datetime-local" />
      <Input label={t('until_at')} value={end} type="datetime-local" />
    </ActionDialog>
  );
}

/** Then its page offers the tasks that have lost addresses to it. */
export const LiftExclusion = ({
  exclusion: { exclusion_id, target },
  onDone,
}: {
  exclusion: Exclusion;
  onDone?: () => void;
}) => (
  <ActionButton
    label={t('lift')}
    onDone={onDone ?? (() => navigate(`/plan/exclusions/${exclusion_id}`))}
    command={{
      send: (by, reason) =>
        by.DELETE('/api/exclusions/{exclusion_id}', {
          params: { path: { exclusion_id }, query: toReasonField(reason) },
        }),
      toCli: (reason) => `cyberstroll exclusion remove ${exclusion_id}${toReasonOption(reason)}`,
    }}
  >
    <p dir="auto">{t('lift_what', { target })}</p>
  </ActionButton>
);
