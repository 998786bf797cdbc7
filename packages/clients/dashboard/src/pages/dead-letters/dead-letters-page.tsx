import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, readChoices, setQuery } from '../../browser/navigation';
import { anyOf, SelectFilter, TextFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { formatNumber, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { DeadLetterAction, type DeadLetterChoice } from './dead-letter-actions';
import { t } from './texts';

const STATES = {
  waiting: { tone: 'late', glyph: '◷' },
  replayed: { tone: 'good', glyph: '✓' },
  discarded: { tone: 'off', glyph: '⊘' },
} as const;
type State = keyof typeof STATES;

export const title = () => t('title');

/** What could not be applied, and what to do with it. */
export default function DeadLettersPage() {
  const filter = readChoices(['reason', 'queue', 'task_id']);
  const state = query.value.get('state') as State | null;
  const cursor = query.value.get('cursor');
  const wanted = { ...filter, ...(state && { state }), ...(cursor !== null && { cursor }) };
  const letters = useGet('/api/dead-letters', { query: wanted }, 5_000);
  const selected = (query.value.get('selected') ?? '').split(',').filter((id) => id !== '');
  const done = () => {
    setQuery({ selected: undefined });
    letters.reload();
  };
  const toggle = (id: string) =>
    setQuery({
      selected: (selected.includes(id) ? selected.filter((each) => each !== id) : [...selected, id]).join(','),
    });
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <TextFilter label={t('reason')} name="reason" />
        <TextFilter label={t('queue')} name="queue" />
        <TextFilter label={t('task')} name="task_id" size={26} />
        <SelectFilter
          label={t('state')}
          name="state"
          options={anyOf(t('any_state'), Object.keys(STATES) as State[], stateName)}
        />
      </div>
      <ListTable
        data={letters}
        none={t('none')}
        toKey={({ dead_letter_id }) => dead_letter_id}
        columns={[
          isOperator.value && [
            t('select'),
            ({ dead_letter_id: id }) => (
              <input
                type="checkbox"
                aria-label={t('select_one', { id })}
                checked={selected.includes(id)}
                onChange={() => toggle(id)}
              />
            ),
          ],
          [t('state'), ({ state }) => <Badge {...STATES[state]} name={stateName(state)} />],
          [t('reason'), ({ dead_letter_id: id, reason }) => <a href={`/dead-letters/${id}`}>{reason}</a>],
          [t('detail'), ({ detail }) => <HostileText text={detail} most={300} />],
          [t('queue'), ({ queue }) => <bdi>{queue}</bdi>],
          [t('sender'), ({ sender = '–' }) => <HostileText text={sender} most={100} />],
          [t('first_seen'), ({ first_seen }) => <Time at={first_seen} />],
          [t('count'), ({ count = 1 }) => formatNumber(count), 'number'],
        ]}
      >
        <Actions filter={filter} selected={selected} onDone={done} />
      </ListTable>
    </>
  );
}

interface ActionsProps {
  filter: DeadLetterChoice;
  selected: string[];
  onDone: () => void;
}

/** For what is selected, else for all that match the filter. The API discards nothing without a filter. */
function Actions({ filter, selected, onDone }: ActionsProps) {
  const count = selected.length;
  if (count > 0) {
    return (
      <div class="buttons">
        <DeadLetterAction
          name="replay"
          label={t('replay_selected', { count })}
          filter={{ ids: selected }}
          onDone={onDone}
        />
        <DeadLetterAction
          name="discard"
          label={t('discard_selected', { count })}
          filter={{ ids: selected }}
          onDone={onDone}
        />
      </div>
    );
  }
  return (
    <div class="buttons">
      <DeadLetterAction name="replay" label={t('replay_all')} filter={filter} onDone={onDone} />
      {Object.keys(filter).length > 0 && (
        <DeadLetterAction name="discard" label={t('discard_all')} filter={filter} onDone={onDone} />
      )}
    </div>
  );
}
