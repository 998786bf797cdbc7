import type { Task } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { query } from '../../browser/navigation';
import {
  ClearFilters,
  choose,
  FilterField,
  ManyFilter,
  SelectFilter,
  TextFilter,
  TimeFilter,
} from '../../components/filter';
import { assign } from '../../components/input';
import { TaskState } from '../../states/state-badge';
import { TASK_LOOKS } from '../../states/states';
import {
  readWord,
  SEARCH_KEYS,
  toChanges,
  toChips,
  toQuoted,
  toRemoval,
  toSuggestions,
  toWords,
  type Word,
  type WordFault,
} from './search-words';
import { FILTERS, SORTS } from './task-query';
import { t } from './texts';

/**
 * One field for every filter: `status:running label:prod`. What is in force stands in it as chips; what the listed
 * `tasks` have is suggested.
 */
export function SearchField({ tasks }: { tasks: readonly Task[] }) {
  const text = useSignal('');
  const fault = useSignal<WordFault | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const chips = toChips(query.value);
  // The box is one line, whatever stands in it. What the reader types next comes last.
  useLayoutEffect(() => box.current?.scrollTo({ left: box.current.scrollWidth }), [chips.length]);

  /** What is no filter stays in the field. */
  function add(): void {
    const read = toWords(text.value).map((word) => ({ word, of: readWord(word) }));
    const words = read.flatMap(({ of }) => ('fault' in of ? [] : [of]));
    const refused = read.filter(({ of }) => 'fault' in of);
    fault.value = refused.map(({ of }) => of as WordFault)[0];
    text.value = refused.map(({ word }) => toQuoted(word)).join(' ');
    if (words.length > 0) choose(toChanges(words, query.value));
  }

  const remove = (chip: Word | undefined) => chip && choose(toRemoval(chip, query.value));

  return (
    <form
      class="field search-field"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label for={id} class="visually-hidden">
        {t('filter')}
      </label>
      <div ref={box} class="search-box">
        {chips.map((chip) => (
          <span key={`${chip.name}:${chip.value}`} class="chip">
            <bdi title={chip.value}>
              {chip.key}:{chip.value}
            </bdi>
            <button
              type="button"
              class="quiet"
              aria-label={t('remove_filter', { filter: `${chip.key}:${chip.value}` })}
              onClick={() => {
                remove(chip);
                input.current?.focus();
              }}
            >
              ×
            </button>
          </span>
        ))}
        <input
          ref={input}
          id={id}
          value={text.value}
          placeholder="status:running label:prod 10.0.0.0/24"
          autocomplete="off"
          list={`${id}-words`}
          spellcheck={false}
          aria-describedby={`${id}-help`}
          aria-invalid={fault.value !== undefined}
          onInput={({ currentTarget }) => {
            assign(text, currentTarget.value);
            assign(fault, undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Backspace' && text.value === '') remove(chips.at(-1));
          }}
        />
      </div>
      <datalist id={`${id}-words`}>
        {toSuggestions(text.value, tasks).map((words) => (
          <option key={words} value={words} />
        ))}
      </datalist>
      <div id={`${id}-help`} role="status" class="fault">
        {fault.value ? toFaultText(fault.value) : ''}
      </div>
    </form>
  );
}

const toFaultText = ({ fault, word }: WordFault) =>
  t(fault, { word, keys: SEARCH_KEYS.map((key) => `${key}:`).join(' ') });

const STATUSES = Object.keys(TASK_LOOKS) as Task['status'][];

/** Which tasks are listed, and in which order: all of it is in the address. */
export function TaskFilters() {
  const labels = query.value.getAll('label');
  return (
    <search class="filters narrow">
      <ManyFilter
        label={t('status')}
        name="status"
        options={Object.fromEntries(STATUSES.map((status) => [status, <TaskState key={status} status={status} />]))}
      />
      <TextFilter name="target" label={t('target')} placeholder="10.0.0.0/24" />
      <FilterField
        label={t('label')}
        value=""
        onChosen={(label) => choose({ label: [...labels.filter((each) => each !== label), label] })}
      />
      <TextFilter name="task_initiator" label={t('initiator')} />
      <TextFilter name="task_category" label={t('category')} />
      <TextFilter name="task_type" label={t('type')} />
      <TextFilter name="pool" label={t('pool')} />
      <TimeFilter name="after" label={t('after')} />
      <TimeFilter name="before" label={t('before')} />
      <SelectFilter name="sort" label={t('sort')} options={Object.fromEntries(SORTS.map((sort) => [sort, t(sort)]))} />
      <ClearFilters names={FILTERS} />
    </search>
  );
}
