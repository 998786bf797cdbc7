import type { DeadLetterGroup, DeadLetterSummary } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, setQuery, withQuery } from '../../browser/navigation';
import { inWords } from '../../components/in-words';
import { Empty, Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { besideList } from '../../components/side-panel';
import { type Column, Table } from '../../components/table';
import { formatTime, Time } from '../../components/time';
import { formatNumber, nameDeadLetterReason, stateName } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { DeadLetterAction, type DeadLetterChoice } from './dead-letter-actions';
import { t } from './texts';

const MOST_SHOWN = 10;

export interface LettersProps {
  filter: DeadLetterChoice;
  state: LetterState | undefined;
  onDone: () => void;
  /** Above the groups, unless there is none. */
  children: ComponentChildren;
}

/** All dead letters that match, counted by reason; a group shows its own when the reader opens it. */
export function LetterGroups({ filter, state, onDone, children }: LettersProps) {
  const wanted = { ...filter, ...(state && { state }) };
  const groups = useGet('/api/dead-letters/groups', { query: wanted }, 5_000);
  const open = query.value.getAll('open');
  return (
    <Loaded data={groups}>
      {({ items, more }) =>
        items.length === 0 ? (
          <Empty>{t('none')}</Empty>
        ) : (
          <>
            {children}
            {more && <p class="weak">{t('not_all_counted')}</p>}
            {items.map((group) => (
              <Group
                key={group.reason}
                group={group}
                wanted={wanted}
                isOpen={open.includes(group.reason)}
                onDone={onDone}
              />
            ))}
          </>
        )
      }
    </Loaded>
  );
}

interface GroupProps {
  group: DeadLetterGroup;
  wanted: DeadLetterChoice & { state?: LetterState };
  isOpen: boolean;
  onDone: () => void;
}

function Group({ group, wanted, isOpen, onDone }: GroupProps) {
  const { reason, count, waiting, oldest, newest } = group;
  const { state, ...filter } = { ...wanted, reason };
  const toggle = () => {
    const others = query.value.getAll('open').filter((each) => each !== reason);
    setQuery({ open: isOpen ? others : [...others, reason] });
  };
  return (
    <section class="group" aria-label={nameDeadLetterReason(reason)}>
      <div class="title">
        <h2>
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={toggle}>
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>{' '}
            <bdi title={reason}>{nameDeadLetterReason(reason)}</bdi>
          </button>
        </h2>
        <span>{t('group_counts', { count, waiting })}</span>
        <span class="weak">
          {t('newest')} <Time at={newest} /> · {t('oldest')} <Time at={oldest} />
        </span>
        <span class="space" />
        <div class="buttons">
          {waiting > 0 && (
            <DeadLetterAction name="replay" label={t('replay_group')} filter={filter} total={waiting} onDone={onDone} />
          )}
          {state !== 'discarded' && (
            <DeadLetterAction name="discard" label={t('discard_group')} filter={filter} total={count} onDone={onDone} />
          )}
        </div>
      </div>
      {isOpen && <Letters wanted={{ ...wanted, reason }} />}
    </section>
  );
}

function Letters({ wanted }: { wanted: GroupProps['wanted'] }) {
  const letters = useGet('/api/dead-letters', { query: { ...wanted, limit: MOST_SHOWN } }, 5_000);
  return (
    <Loaded data={letters}>
      {({ items, next_cursor }) => (
        <>
          <Table rows={items} toKey={({ dead_letter_id }) => dead_letter_id} columns={toLetterColumns(true)} />
          {next_cursor !== undefined && (
            <p>
              <a href={withQuery({ reason: wanted.reason, open: undefined })}>{t('all_of_reason')}</a>
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}

const LOOKS = {
  waiting: { tone: 'late', glyph: '◷' },
  replayed: { tone: 'good', glyph: '✓' },
  discarded: { tone: 'off', glyph: '⊘' },
} as const;
export type LetterState = keyof typeof LOOKS;
export const LETTER_STATES = Object.keys(LOOKS) as LetterState[];

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
