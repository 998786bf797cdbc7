import type { Exclusion } from '@cyberstroll/client';
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
