import type { DeadLetterGroup } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import { useGet } from '../../api/use-data';
import { query, setQuery, withQuery } from '../../browser/navigation';
import { Empty, Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { nameDeadLetterReason } from '../../language/define-texts';
import { DeadLetterAction, type DeadLetterChoice } from './dead-letter-actions';
import { type LetterState, toLetterColumns } from './letter-table';
import { t } from './texts';

/** Dead letters of a group that are shown. */
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
