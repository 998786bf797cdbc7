import type { ApiSubTask } from '../api-types';
import { defineTexts, sayCode } from '../language/say';
import { createTable, toFieldLines } from './table';
import type { TimeText } from './time-text';
import { toWaitingSentence } from './waiting-text';

const t = defineTexts({
  count_max: ['{count} of {max}', '最多 {max} 次，已 {count} 次'],
});

/** A subtask's contract fields in readable form, with its history. */
export function toSubTaskText(subTask: ApiSubTask, toTimeText: TimeText): string {
  const { scan_result: result } = subTask;
  const fields = toFieldLines([
    ['subtask_id', subTask.subtask_id],
    ['ip', subTask.ip],
    ['status', sayCode(subTask.status)],
    ['waits', toWaitingSentence(subTask, toTimeText)],
    ['attempt', subTask.attempt],
    ['assigned_node', subTask.assigned_node],
    ['assigned_time', toTimeText(subTask.assigned_time)],
    ['started_time', toTimeText(subTask.started_time)],
    ['completed_time', toTimeText(subTask.completed_time)],
    [
      'retry_count',
      subTask.retry_count === undefined
        ? undefined
        : t('count_max', { count: subTask.retry_count, max: subTask.max_retries }),
    ],
    ['next_retry_time', toTimeText(subTask.next_retry_time)],
    ['node_losses', subTask.node_losses],
    ['open_ports', result?.open_ports?.join(', ')],
    ['services', result?.services?.join('; ')],
    ['response_time', result?.response_time],
    ['hostnames', result?.hostnames?.join(', ')],
    ['finding_count', result?.finding_count],
    ['error', subTask.error_info && toDetailText(subTask)],
  ]);
  const history = createTable<NonNullable<ApiSubTask['status_history']>[number]>([
    { title: 'STATUS', value: (entry) => entry.status, isState: true },
    { title: 'ATTEMPT', value: (entry) => entry.attempt, align: 'right' },
    { title: 'TIMESTAMP', value: (entry) => toTimeText(entry.timestamp) },
    { title: 'OPERATOR', value: (entry) => entry.operator, max: 30 },
    { title: 'REASON', value: (entry) => entry.reason, max: 80 },
  ]);
  return subTask.status_history?.length ? `${fields}\n\n${history.toText(subTask.status_history)}` : fields;
}

/** The error, else the services that were found. */
export function toDetailText({ error_info, scan_result }: ApiSubTask): string | undefined {
  if (error_info) return `${error_info.error_code}: ${error_info.error_message}`;
  return scan_result?.services?.join('; ');
}
