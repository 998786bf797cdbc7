import { type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Command, toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { client, isAdmin, isOperator } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { query, setQuery, withQuery } from '../../browser/navigation';
import { ActionButton, ActionDialog } from '../../components/action-button';
import { assign, Input, toParts } from '../../components/input';
import { TaskLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { Time } from '../../components/time';
import { type Selection, type TaskFilter, toFilter, toFilterOptions } from './task-query';
import { t } from './texts';

type BulkBody = operations['bulkTasks']['requestBody']['content']['application/json'];
export type Operation = operations['getOperation']['responses'][200]['content']['application/json'];
type Action = BulkBody['action'];
type BulkPlan = Extract<operations['bulkTasks']['responses'][200]['content']['application/json'], { dry_run: unknown }>;
/** What the action is, beside the tasks. */
type Change = BulkBody extends infer Body ? (Body extends BulkBody ? Omit<Body, 'filter' | 'all'> : never) : never;

export function BulkBar({ selection }: { selection: Selection }) {
  const open = useSignal<Action | undefined>(undefined);
  const filter: TaskFilter = selection === 'all' ? toFilter(query.value) : { task_id: [...selection] };
  const actions: Action[] = ['pause', 'resume', 'cancel', 'retry', 'label', 'priority'];
  return (
    <section class="bulk-bar buttons" aria-label={t('selection')}>
      <span role="status">
        {selection === 'all' ? t('all_selected') : t('count_selected', { n: selection.length })}
      </span>
      <button type="button" class="quiet" onClick={() => setQuery({ selected: 'all' })}>
        {t('select_all')}
      </button>
      <button type="button" class="quiet" onClick={() => setQuery({ selected: undefined })}>
        {t('select_none')}
      </button>
      <span class="space" />
      <div class="buttons">
        {[...actions, ...(isAdmin.value ? (['delete'] as const) : [])].map((action) => (
          <button
            key={action}
            type="button"
            class={DANGEROUS.includes(action) ? 'danger' : ''}
            onClick={() => assign(open, action)}
          >
            {t(action)}
          </button>
        ))}
      </div>
      {open.value && <BulkDialog action={open.value} filter={filter} onClose={() => assign(open, undefined)} />}
    </section>
  );
}

const DANGEROUS: readonly Action[] = ['cancel', 'delete'];

function BulkDialog({ action, filter, onClose }: { action: Action; filter: TaskFilter; onClose: () => void }) {
  const addition = useSignal('');
  const removal = useSignal('');
  const priority = useSignal('5');
  const which = Object.keys(filter).length === 0 ? { all: true as const } : { filter };
  // The API's dry run: how many tasks it is for. It is the same for every action but one.
  const counted = useData(
    async () => {
      const body: BulkBody = { ...which, action: action === 'delete' ? 'delete' : 'pause', dry_run: true };
      return (await unwrap(client.POST('/api/tasks/bulk', { body }))) as BulkPlan;
    },
    { key: '' },
  );

  const toChange = (): Change => {
    if (action === 'label') {
      return { action, add_labels: toLabels(addition.value), remove_labels: toLabels(removal.value) };
    }
    return action === 'priority' ? { action, priority: Number(priority.value) } : { action };
  };
  const command: Command = {
    send: (by, reason) =>
      by.POST('/api/tasks/bulk', { body: { ...which, ...toChange(), ...toReasonField(reason) } as BulkBody }),
    toCli: (reason) => toCliText(filter, toChange(), reason),
  };
  const isChosen = action !== 'label' || addition.value.trim() !== '' || removal.value.trim() !== '';
  return (
    <ActionDialog
      label={t(action)}
      command={command}
      isDangerous={DANGEROUS.includes(action)}
      isReady={isChosen && (counted.value?.matched ?? 0) > 0}
      onClose={onClose}
      onDone={(begun) => setQuery({ operation: (begun as Operation).operation_id, selected: undefined })}
    >
      <Loaded data={counted}>
        {({ matched: n, more }) => (
          <p role="status">
            <strong>{t(`will_${action}`, { n })}</strong> {more && t('more_match', { n })} {t('what_refuses')}
          </p>
        )}
      </Loaded>
      {action === 'label' && (
        <>
          <Input label={t('add_labels')} value={addition} />
          <Input label={t('remove_labels')} value={removal} />
        </>
      )}
      {action === 'priority' && <Input label={t('priority')} value={priority} type="number" />}
    </ActionDialog>
  );
}

const toLabels = (text: string): string[] => toParts(text, /[,，]/);

function toCliText(filter: TaskFilter, change: Change, reason: string): string {
  const which = toFilterOptions(filter) || ' --all';
  const options =
    change.action === 'label'
      ? [
          ...(change.add_labels ?? []).map((label) => ` --add-label ${toShellWord(label)}`),
          ...(change.remove_labels ?? []).map((label) => ` --remove-label ${toShellWord(label)}`),
        ].join('')
      : change.action === 'priority'
        ? ` --priority ${change.priority}`
        : change.action === 'delete'
          ? ' --yes'
          : '';
  return `cyberstroll task bulk ${change.action}${which}${options}${toReasonOption(reason)}`;
}

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
    <section class="remark operation" aria-label={t('operation')}>
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
          <h3>{t('refused', { n: failed })}</h3>
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
