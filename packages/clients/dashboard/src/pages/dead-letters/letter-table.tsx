import type { DeadLetterSummary } from '@cyberstroll/client';
import { isOperator } from '../../api/session';
import { query, setQuery } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { inWords } from '../../components/in-words';
import { besideList } from '../../components/side-panel';
import type { Column } from '../../components/table';
import { formatTime, Time } from '../../components/time';
import { formatNumber, nameDeadLetterReason, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

const LOOKS = {
  waiting: { tone: 'late', glyph: '◷' },
  replayed: { tone: 'good', glyph: '✓' },
  discarded: { tone: 'off', glyph: '⊘' },
} as const;
export type LetterState = keyof typeof LOOKS;
export const LETTER_STATES = Object.keys(LOOKS) as LetterState[];

/** The ids that the reader has ticked: they are in the address. */
export const readSelected = (): string[] => (query.value.get('selected') ?? '').split(',').filter((id) => id !== '');

function toggle(id: string): void {
  const selected = readSelected();
  const others = selected.filter((each) => each !== id);
  setQuery({ selected: (others.length < selected.length ? others : [...selected, id]).join(',') });
}

/** The columns of a list of dead letters; `isOfOneReason`: the group above says the reason. */
export const toLetterColumns = (isOfOneReason: boolean): (Column<DeadLetterSummary> | false)[] => {
  const selected = readSelected();
  return [
    isOperator.value && [
      t('select'),
      ({ dead_letter_id: id, reason, first_seen }) => (
        <input
          type="checkbox"
          aria-label={t('select_one', { name: `${nameDeadLetterReason(reason)}, ${formatTime(first_seen)}` })}
          checked={selected.includes(id)}
          onChange={() => toggle(id)}
        />
      ),
    ],
    [t('state'), ({ state }) => <Badge {...LOOKS[state]} name={stateName(state)} />],
    !isOfOneReason && [
      t('reason'),
      ({ dead_letter_id: id, reason }) => (
        <a href={besideList(`/problems/dead-letters/${id}`)}>{nameDeadLetterReason(reason)}</a>
      ),
    ],
    [t('detail'), ({ detail, sentence }) => <HostileText text={inWords(detail, sentence)} most={300} />],
    [t('queue'), ({ queue }) => <bdi>{queue}</bdi>],
    [t('sender'), ({ sender = '–' }) => <HostileText text={sender} most={100} />],
    [
      t('first_seen'),
      ({ dead_letter_id: id, first_seen }) =>
        isOfOneReason ? (
          <a href={besideList(`/problems/dead-letters/${id}`)}>
            <Time at={first_seen} />
          </a>
        ) : (
          <Time at={first_seen} />
        ),
    ],
    [t('count'), ({ count = 1 }) => formatNumber(count), 'number'],
  ];
};
