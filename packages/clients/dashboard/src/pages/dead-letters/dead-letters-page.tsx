import { useSignal } from '@preact/signals';
import { useGet } from '../../api/use-data';
import { query, readChoices, setQuery } from '../../browser/navigation';
import { anyOf, SelectFilter, TextFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { stateName } from '../../language/define-texts';
import { DeadLetterAction, type DeadLetterChoice } from './dead-letter-actions';
import { LETTER_STATES, LetterGroups, type LettersProps, readSelected, toLetterColumns } from './letter-groups';
import { LetterPanel } from './letter-panel';
import { t } from './texts';
import './dead-letters.css';

/** What could not be applied, and what to do with it: by reason, or a list of one reason. */
export default function DeadLettersPage({ dead_letter_id }: { dead_letter_id?: string }) {
  const filter = readChoices(['reason', 'queue', 'task_id']);
  const state = LETTER_STATES.find((each) => each === query.value.get('state'));
  // After a command everything is read again at once, open groups too.
  const commands = useSignal(0);
  const onDone = () => {
    setQuery({ selected: undefined });
    commands.value++;
  };
  const Letters = filter.reason === undefined ? LetterGroups : LetterList;
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="filters">
        <TextFilter label={t('reason')} name="reason" />
        <TextFilter label={t('queue')} name="queue" />
        <TextFilter label={t('task')} name="task_id" size={26} />
        <SelectFilter label={t('state')} name="state" options={anyOf(t('any_state'), LETTER_STATES, stateName)} />
      </div>
      <Letters key={commands.value} filter={filter} state={state} onDone={onDone}>
        <Actions filter={filter} selected={readSelected()} onDone={onDone} />
      </Letters>
      {dead_letter_id !== undefined && (
        <LetterPanel key={dead_letter_id} dead_letter_id={dead_letter_id} onDone={onDone} />
      )}
    </>
  );
}

function LetterList({ filter, state, children }: LettersProps) {
  const wanted = { ...filter, ...(state && { state }), ...readChoices(['cursor']) };
  const letters = useGet('/api/dead-letters', { query: wanted }, 5_000);
  return (
    <ListTable
      data={letters}
      none={t('none')}
      toKey={({ dead_letter_id }) => dead_letter_id}
      columns={toLetterColumns(false)}
    >
      {children}
    </ListTable>
  );
}

/** For what is selected, else for all that match the filter. The API discards nothing without a filter. */
function Actions({ filter, selected, onDone }: { filter: DeadLetterChoice; selected: string[]; onDone: () => void }) {
  const count = selected.length;
  const isSelection = count > 0;
  const chosen = isSelection ? { ids: selected } : filter;
  return (
    <div class="buttons">
      <DeadLetterAction
        name="replay"
        label={isSelection ? t('replay_selected', { count }) : t('replay_all')}
        filter={chosen}
        onDone={onDone}
      />
      {Object.keys(chosen).length > 0 && (
        <DeadLetterAction
          name="discard"
          label={isSelection ? t('discard_selected', { count }) : t('discard_all')}
          filter={chosen}
          onDone={onDone}
        />
      )}
    </div>
  );
}
