import { type Client, type Task, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { type Command, toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { client, isAdmin, isOperator } from '../../api/session';
import { useData } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { assign, Input, toParts } from '../../components/input';
import { Loaded } from '../../components/notice';
import { findCommands, type TaskCommand } from '../../states/states';
import { t } from './texts';

interface ActionsProps {
  task: Task;
  /** Of the task as it is shown: nothing is changed that somebody else has changed since. */
  etag: string | undefined;
  reload: () => void;
}

export function TaskActions({ task, etag, reload }: ActionsProps) {
  if (!isOperator.value) return null;
  const { task_id: taskId } = task;
  const commands = findCommands(task.status);
  const open = countOpen(task);
  const failed = task.progress.failed_count + task.progress.timeout_count;
  return (
    <div class="buttons task-actions">
      {commands.includes('pause') && (
        <ActionButton label={t('pause')} command={toCommand('pause', taskId, etag)} onDone={reload}>
          <p>{t('pause_does', { open })}</p>
        </ActionButton>
      )}
      {commands.includes('resume') && (
        <ActionButton label={t('resume')} command={toCommand('resume', taskId, etag)} onDone={reload}>
          <p>{t('resume_does', { open })}</p>
        </ActionButton>
      )}
      {commands.includes('retry') && failed > 0 && (
        <ActionButton label={t('retry_failed')} command={toCommand('retry', taskId, etag)} onDone={reload}>
          <RetryCount taskId={taskId} />
        </ActionButton>
      )}
      <OpenButton label={t('change')}>
        {(onClose) => <ChangeDialog task={task} etag={etag} reload={reload} onClose={onClose} />}
      </OpenButton>
      <a class="button" href={`/tasks/new?from=${taskId}`}>
        {t('scan_again')}
      </a>
      {commands.includes('cancel') && (
        <ActionButton label={t('cancel')} command={toCommand('cancel', taskId, etag)} onDone={reload} isDangerous>
          <p>{t('cancel_does', { open })}</p>
        </ActionButton>
      )}
      {commands.includes('delete') && isAdmin.value && (
        <ActionButton
          label={t('delete')}
          command={{
            send: (by, reason) =>
              by.DELETE('/api/tasks/{task_id}', {
                params: { path: { task_id: taskId }, query: toReasonField(reason), ...toIfMatch(etag) },
              }),
            toCli: (reason) => `cyberstroll task delete ${taskId}${toReasonOption(reason)}`,
          }}
          onDone={() => navigate('/tasks')}
          isDangerous
        >
          <p>{t('delete_does', { count: task.progress.total_targets })}</p>
        </ActionButton>
      )}
    </div>
  );
}

/** Subtasks that a pause, a resume or a cancellation touches. */
const countOpen = ({ progress }: Task): number =>
  progress.pending_count + progress.assigned_count + progress.scanning_count + progress.retry_count;

const toIfMatch = (etag: string | undefined) => (etag === undefined ? {} : { header: { 'If-Match': etag } });

const toCommand = (name: Exclude<TaskCommand, 'delete'>, taskId: string, etag: string | undefined): Command => ({
  send: (by: Client, reason) =>
    by.POST(`/api/tasks/{task_id}/${name}`, {
      params: { path: { task_id: taskId }, ...toIfMatch(etag) },
      body: toReasonField(reason),
    }),
  toCli: (reason) => `cyberstroll task ${name} ${taskId}${toReasonOption(reason)}`,
});

/** How many subtasks a retry would scan again, of these targets or of all, as the API counts them. */
export function RetryCount({ taskId, target }: { taskId: string; target?: string }) {
  const params = { path: { task_id: taskId } };
  const body = { ...(target !== undefined && { target }), dry_run: true } as object;
  const plan = useData(() => unwrap(client.POST('/api/tasks/{task_id}/retry', { params, body })), {
    key: JSON.stringify([taskId, target]),
  });
  return <Loaded data={plan}>{({ retried }) => <p>{t('retry_does', { count: retried })}</p>}</Loaded>;
}

function ChangeDialog({ task, etag, reload, onClose }: ActionsProps & { onClose: () => void }) {
  const { task_id: taskId } = task;
  const name = useSignal(task.name ?? '');
  const labels = useSignal(task.labels.join('\n'));
  const priority = useSignal(String(task.config.priority));
  const toBody = (): Change => ({
    ...(name.value.trim() !== (task.name ?? '') && { name: name.value.trim() || null }),
    ...(labels.value !== task.labels.join('\n') && { labels: toParts(labels.value, /\n/) }),
    ...(Number(priority.value) !== task.config.priority && { priority: Number(priority.value) }),
  });
  const command: Command = {
    send: (by, reason) =>
      by.PATCH('/api/tasks/{task_id}', {
        params: { path: { task_id: taskId }, ...toIfMatch(etag) },
        body: { ...toBody(), ...toReasonField(reason) },
      }),
    toCli: (reason) => toChangeCli(taskId, toBody(), task.labels, reason),
  };
  return (
    <ActionDialog label={t('change')} command={command} onDone={reload} onClose={onClose}>
      <Input label={t('name')} value={name} maxLength={200} />
      <label>
        {t('labels_hint')}
        <textarea rows={3} value={labels.value} onInput={({ currentTarget }) => assign(labels, currentTarget.value)} />
      </label>
      <Input label={t('priority_hint')} value={priority} type="number" min={1} max={10} required />
    </ActionDialog>
  );
}

interface Change {
  name?: string | null;
  labels?: string[];
  priority?: number;
}

/** The command line has one command for each field. */
function toChangeCli(taskId: string, change: Change, before: readonly string[], reason: string): string {
  const lines: string[] = [];
  const { name, labels, priority } = change;
  if (name !== undefined) lines.push(`rename ${taskId}${name === null ? '' : ` ${toShellWord(name)}`}`);
  if (labels !== undefined) {
    const added = labels.filter((label) => !before.includes(label)).map((label) => ` --add ${toShellWord(label)}`);
    const gone = before.filter((label) => !labels.includes(label)).map((label) => ` --remove ${toShellWord(label)}`);
    lines.push(`label ${taskId}${[...added, ...gone].join('')}`);
  }
  if (priority !== undefined) lines.push(`priority ${taskId} ${priority}`);
  return lines.map((line) => `cyberstroll task ${line}${toReasonOption(reason)}`).join('\n');
}
