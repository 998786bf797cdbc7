import { toDurationText } from '@cyberstroll/contracts';
import type { ApiTask } from '../api-types';
import { toPrintable } from './printable';
import { toCounts } from './progress-bar';
import { createTable, toFieldLines } from './table';
import type { TimeText } from './time-text';
import { toWaitingSentence } from './waiting-text';

const MAX_TARGET_SHOWN = 200;

/** A task's contract fields in readable form, with its history. */
export function toTaskText(task: ApiTask, toTimeText: TimeText): string {
  const { progress, config, error_info: errors } = task;
  const fields = toFieldLines([
    ['task_id', task.task_id],
    ['name', task.name],
    ['labels', task.labels?.join(', ') || undefined],
    ['status', task.status],
    ['waits', toWaitingSentence(task, toTimeText)],
    ['progress', progress && `${progress.progress_percentage}% of ${progress.total_targets}: ${toCountsText(task)}`],
    ['from_task', task.only ? `${task.from_task}, only ${task.only}` : task.from_task],
    ['task_target', shorten(task.task_target)],
    ['exclude_target', shorten(task.exclude_target)],
    ['scan', task.scan && `ports ${shorten(task.scan.ports)} by ${task.scan.method}`],
    ['task_type', task.task_type],
    ['task_category', task.task_category],
    ['task_initiator', task.task_initiator],
    ['created_time', toTimeText(task.created_time)],
    ['queued_time', toTimeText(task.queued_time)],
    ['started_time', toTimeText(task.started_time)],
    ['estimated_completion', toTimeText(task.estimated_completion)],
    ['completed_time', toTimeText(task.completed_time)],
    ['actual_duration', task.actual_duration === undefined ? undefined : toDurationText(task.actual_duration)],
    ['config', config && toConfigText(config)],
    ['error_count', errors?.error_count],
    ['failed_attempts', errors?.failed_attempts],
    ['error_threshold', errors && toThresholdText(errors)],
    ['last_error', errors?.last_error],
  ]);
  const history = createTable<NonNullable<ApiTask['status_history']>[number]>([
    { title: 'STATUS', value: (entry) => entry.status, isState: true },
    { title: 'TIMESTAMP', value: (entry) => toTimeText(entry.timestamp) },
    { title: 'OPERATOR', value: (entry) => entry.operator, max: 30 },
    { title: 'REASON', value: (entry) => entry.reason, max: 80 },
  ]);
  return task.status_history?.length ? `${fields}\n\n${history.toText(task.status_history)}` : fields;
}

/** How a task ended, on one line. */
export function toEndText(task: ApiTask): string {
  const duration = task.actual_duration === undefined ? '' : ` after ${toDurationText(task.actual_duration)}`;
  const total = task.progress ? `: ${task.progress.total_targets} targets, ${toCountsText(task)}` : '';
  return toPrintable(`task ${task.task_id} ${task.status}${duration}${total}`);
}

/** Addresses that failed or timed out for good. */
export const countFailedAddresses = ({ progress }: ApiTask): number =>
  (progress?.failed_count ?? 0) + (progress?.timeout_count ?? 0);

/** How many addresses failed, and the error code of most failed attempts, those that were retried included. */
export function toFailureText(task: ApiTask, errorCodes: Record<string, number>): string {
  const [most] = Object.entries(errorCodes).sort(([, a], [, b]) => b - a);
  const reason = most ? `, most often ${most[0]} (${most[1]} ${most[1] === 1 ? 'attempt' : 'attempts'})` : '';
  return toPrintable(`${countFailedAddresses(task)} of ${task.progress?.total_targets} addresses failed${reason}`);
}

const toCountsText = (task: ApiTask): string => toCounts({ counts: task.progress }).join(', ') || 'none';

const toConfigText = (config: Record<string, unknown>): string =>
  Object.entries(config)
    .flatMap(([name, value]) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).map(([part, one]) => [`${name}.${part}`, one])
        : [[name, value]],
    )
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

const toThresholdText = ({ error_threshold, error_threshold_share: share }: ApiTask['error_info']): string =>
  share === undefined ? String(error_threshold) : `${error_threshold} (${share})`;

const shorten = (text: string | undefined): string | undefined =>
  text && text.length > MAX_TARGET_SHOWN ? `${text.slice(0, MAX_TARGET_SHOWN)}… (${text.length} characters)` : text;
