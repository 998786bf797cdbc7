import { type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { type Command, toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { client, isAdmin } from '../../api/session';
import { query, setQuery } from '../../browser/navigation';
import { ActionDialog } from '../../components/action-button';
import { assign, Input, toParts } from '../../components/input';
import { toDetail } from '../../components/notice';
import { type Selection, type TaskFilter, toFilter, toFilterOptions } from './task-query';
import { t } from './texts';

type BulkBody = operations['bulkTasks']['requestBody']['content']['application/json'];
export type Operation = operations['getOperation']['responses'][200]['content']['application/json'];
type Action = BulkBody['action'];
/** What the action is, beside the tasks. */
type Change = BulkBody extends infer Body ? (Body extends BulkBody ? Omit<Body, 'filter' | 'all'> : never) : never;

/** What is done to the selected tasks, or to all that match the filter. */
export function BulkBar({ selection }: { selection: Selection }) {
  const open = useSignal<Action | undefined>(undefined);
  const filter: TaskFilter = selection === 'all' ? toFilter(query.value) : { task_id: [...selection] };
  const actions: Action[] = ['pause', 'resume', 'cancel', 'retry', 'label', 'priority'];
  return (
    <section class="bulk-bar" aria-label={t('selection')}>
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
      <div class="bulk-actions">
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
  const plan = useSignal<{ matched: number; more: boolean } | undefined>(undefined);
  const which = Object.keys(filter).length === 0 ? { all: true as const } : { filter };

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
      isReady={isChosen && (plan.value?.matched ?? 0) > 0}
      onClose={onClose}
      onDone={(begun) => setQuery({ operation: (begun as Operation).operation_id, selected: undefined })}
    >
      <Count which={which} action={action} onCounted={(counted) => assign(plan, counted)}>
        {plan.value && (
          <>
            <strong>{t(`will_${action}`, { n: plan.value.matched })}</strong>{' '}
            {plan.value.more && t('more_match', { n: plan.value.matched })} {t('what_refuses')}
          </>
        )}
      </Count>
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

interface CountProps {
  which: { filter: TaskFilter } | { all: true };
  action: Action;
  onCounted: (plan: { matched: number; more: boolean }) => void;
  children: ComponentChildren;
}

/** The API's dry run: how many tasks the command is for. It is the same for every action. */
function Count({ which, action, onCounted, children }: CountProps) {
  const fault = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const stopping = new AbortController();
    const body: BulkBody = { ...which, action: action === 'delete' ? 'delete' : 'pause', dry_run: true };
    unwrap(client.POST('/api/tasks/bulk', { body, signal: stopping.signal })).then(
      (answer) => 'dry_run' in answer && onCounted(answer),
      (error: unknown) => {
        if (!stopping.signal.aborted) fault.value = toDetail(error);
      },
    );
    return () => stopping.abort();
  }, []);
  return (
    <p role="status" class="count">
      {fault.value ?? children ?? t('counting')}
    </p>
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
