import type { FleetStatistics, TaskStatistics } from '@cyberstroll/client';
import { toDurationText } from '@cyberstroll/contracts';
import { defineTexts, joinTexts } from '../language/say';
import { toFieldLines } from './table';

const t = defineTexts({
  scanned: ['{count}, {percent}% scanned', '{count}，已扫描 {percent}%'],
  open_ended: ['{count}, open or ended within {duration}', '{count}，未结束或在 {duration} 内结束'],
  more: [' (there are more)', '（还有更多）'],
  slots: ['{percent}, {used} of {all} slots', '{percent}，已用 {used} / {all} 个并发槽'],
  unknown_rabbitmq: ['unknown: RabbitMQ is unavailable', '未知：RabbitMQ 不可用'],
  not_empty: [' (not empty for {duration})', '（已 {duration} 未清空）'],
});

/** Statistics of the API. Fields that an older API does not send are not shown. */
export type StatisticsView = Partial<TaskStatistics & FleetStatistics>;

/** Statistics as text: shares as percentages, times with their unit, without counts that are 0. */
export function toStatisticsText(view: StatisticsView): string {
  const { progress } = view;
  return toFieldLines([
    ['task_id', view.task_id],
    ['status', view.status],
    ['tasks', toCountsText(view.tasks)],
    ['counted_tasks', toScopeText(view)],
    ['subtasks', progress && toScannedText(progress)],
    ['completion_rate', toPercent(view.completion_rate)],
    ['failure_rate', toPercent(view.failure_rate)],
    ['average_execution_time', toSeconds(view.average_execution_time)],
    ['subtasks_per_second', view.subtasks_per_second?.toFixed(1)],
    ['time_used', toPercent(view.time_used)],
    ['claims_held', view.claims_held],
    ['retries_total', view.retries_total],
    ['node_losses_total', view.node_losses_total],
    ['subtasks_reassigned_total', toCountsText(view.subtasks_reassigned_total)],
    ['updates_applied_total', view.updates_applied_total],
    ['average_update_lag', toSeconds(view.average_update_lag)],
    ['open_ports_total', view.open_ports_total],
    ['error_codes', toCountsText(view.error_codes)],
    ['nodes', toCountsText(view.nodes)],
    ['node_utilisation', toUtilisationText(view)],
    ['pools', toCountsText(view.pools)],
    ['leases', toCountsText(view.leases)],
    ['queues', toQueuesText(view.queues)],
    ['update_queue_lag', toSeconds(view.update_queue_lag)],
    ['dead_letters_waiting', toDeadLettersText(view)],
    ['alerts_active', toCountsText(view.alerts_active)],
    ['alerts_silenced', view.alerts_silenced],
  ]);
}

const toScannedText = ({ total_targets, progress_percentage }: NonNullable<StatisticsView['progress']>) =>
  t('scanned', { count: total_targets, percent: progress_percentage });

const toPercent = (share: number | null | undefined): string | undefined =>
  typeof share === 'number' ? `${Math.round(share * 1_000) / 10}%` : undefined;

const toSeconds = (seconds: number | null | undefined): string | undefined =>
  typeof seconds === 'number' ? toDurationText(seconds) : undefined;

function toCountsText(counts: Record<string, number> | undefined): string | undefined {
  const given = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  return given.map(([name, count]) => `${name} ${count}`).join(', ') || undefined;
}

function toScopeText({ counted_tasks: count, window_seconds: window, is_complete }: StatisticsView) {
  if (count === undefined || window === undefined) return undefined;
  const scope = t('open_ended', { count, duration: toDurationText(window) });
  return is_complete ? scope : joinTexts(scope, t('more'));
}

const toUtilisationText = ({ node_utilisation: share, active_tasks, max_capacity }: StatisticsView) =>
  typeof share === 'number'
    ? t('slots', {
        percent: toPercent(share) ?? '',
        used: active_tasks ?? 0,
        all: max_capacity ?? 0,
      })
    : undefined;

function toQueuesText(queues: StatisticsView['queues']) {
  if (queues === null) return t('unknown_rabbitmq');
  return queues?.map((queue) => `${queue.queue} ${queue.messages}${toAgeText(queue)}`).join(', ');
}

const toAgeText = ({ messages, nonempty_seconds: age }: NonNullable<StatisticsView['queues']>[number]) =>
  messages > 0 && typeof age === 'number' ? t('not_empty', { duration: toDurationText(age) }) : '';

function toDeadLettersText({ dead_letters_waiting: total, dead_letters_by_reason: reasons }: StatisticsView) {
  const parts = toCountsText(reasons);
  return total && parts ? `${total}: ${parts}` : total;
}
