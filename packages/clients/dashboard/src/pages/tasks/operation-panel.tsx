import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Command, toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { setQuery, withQuery } from '../../browser/navigation';
import { ActionButton } from '../../components/action-button';
import { HostileText } from '../../components/hostile-text';
import { assign } from '../../components/input';
import { TaskLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { Time } from '../../components/time';
import type { Operation } from './bulk-bar';
import { t } from './texts';

const READ_EVERY = 1_000;

/** How far a command for many tasks is, until it is done; and which of them refused. */
export function OperationPanel({ id, onDone }: { id: string; onDone: () => void }) {
  const isDone = useSignal(false);
  const params = { path: { operation_id: id } };
  const operation = useGet('/api/operations/{operation_id}', params, isDone.value ? undefined : READ_EVERY);
  const hasEnded = operation.value?.ended_time !== undefined;
  useEffect(() => {
    isDone.value = hasEnded;
    if (hasEnded) onDone();
  }, [hasEnded]);
  return (
    <section class="operation" aria-label={t('operation')}>
      <Loaded data={operation}>{(read) => <OperationText operation={read} />}</Loaded>
      {isOperator.value && operation.value && !hasEnded && (
        <ActionButton label={t('end')} command={toEnd(id)} onDone={operation.reload} isDangerous>
          <p>{t('end_what')}</p>
        </ActionButton>
      )}
      <button type="button" onClick={() => setQuery({ operation: undefined })}>
        {t('close')}
      </button>
    </section>
  );
}

const toEnd = (operation_id: string): Command => ({
  send: (by, reason) =>
    by.DELETE('/api/operations/{operation_id}', { params: { path: { operation_id }, query: toReasonField(reason) } }),
  toCli: (reason) => `cyberstroll task bulk-end ${operation_id}${toReasonOption(reason)}`,
});

function OperationText({ operation }: { operation: Operation }) {
  const { action, state, matched, done, unchanged, failed, failures, more, operator, reason } = operation;
  const text = t('outcome', { done, unchanged, failed, matched });
  return (
    <div class="operation-text">
      <p role="status">
        <strong>
          {t(action)} · {t(state)}
        </strong>{' '}
        {text}
        <span class="weak">
          {' '}
          <bdi>{operator}</bdi>, <Time at={operation.created_time} />
          {reason !== undefined && (
            <>
              : <bdi>{reason}</bdi>
            </>
          )}
        </span>
      </p>
      <progress max={Math.max(1, matched)} value={done + unchanged + failed} aria-label={text} />
      {more && <p>{t('more_afterwards')}</p>}
      {failures.length > 0 && (
        <>
          <h2>{t('refused', { n: failed })}</h2>
          <Failures failures={failures} />
        </>
      )}
    </div>
  );
}

/** Each task by its name. One that was deleted has none. */
function Failures({ failures }: Pick<Operation, 'failures'>) {
  const { value } = useGet('/api/tasks', { query: { task_id: failures.map(({ task_id }) => task_id) } });
  return (
    <ul>
      {failures.map(({ task_id, detail }) => {
        const task = value?.items.find((each) => each.task_id === task_id);
        return (
          <li key={task_id}>
            {task ? <TaskLink task={task} /> : t('task')}: <HostileText text={detail} most={300} />
          </li>
        );
      })}
    </ul>
  );
}

const SHOWN = 10;

/** The latest commands for many tasks, read when the reader asks for them. */
export function RecentOperations() {
  const isOpen = useSignal(false);
  return (
    <details class="recent" onToggle={({ currentTarget }) => assign(isOpen, currentTarget.open)}>
      <summary>{t('recent')}</summary>
      {isOpen.value && <OperationList />}
    </details>
  );
}

function OperationList() {
  const recent = useGet('/api/operations', { query: { limit: SHOWN } });
  return (
    <Loaded data={recent}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty>{t('no_operations')}</Empty>
        ) : (
          <ul>
            {items.map((operation) => (
              <li key={operation.operation_id}>
                <a href={withQuery({ operation: operation.operation_id })}>{t(operation.action)}</a>{' '}
                {t('outcome', operation)}{' '}
                <span class="weak">
                  <bdi>{operation.operator}</bdi>, <Time at={operation.created_time} />
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
