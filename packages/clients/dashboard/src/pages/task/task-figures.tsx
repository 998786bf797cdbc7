import type { ProgressUpdate, Task } from '@cyberstroll/client';
import type { Freshness } from '../../api/freshness';
import { now, serverNow } from '../../browser/clock';
import { Figure } from '../../components/figures';
import { countOf, ProgressBar } from '../../components/progress-bar';
import { formatDuration } from '../../components/time';
import { formatNumber, stateName } from '../../language/define-texts';
import type { ClosedSample } from '../../live/task-progress';
import { hasEnded, SUBTASK_LOOKS } from '../../states/states';
import { roundBand, toEtaBand, toRate } from './eta-band';
import { STATUSES } from './subtask-filter';
import { t } from './texts';

interface FiguresProps {
  task: Task;
  update: ProgressUpdate | undefined;
  samples: readonly ClosedSample[];
  freshness: Freshness;
  openPorts: number | undefined;
}

/** How far the task is, by state, in the colours of the grid, and when it will have ended. */
export function TaskFigures({ task, update, samples, freshness, openPorts }: FiguresProps) {
  const { progress } = task;
  // A rate is of the time until which the samples are live.
  const until = Math.min(now.value, freshness.heardAt.peek());
  const rate = task.status === 'RUNNING' ? toRate(samples, until) : undefined;
  return (
    <div class="task-figures">
      <ProgressBar counts={progress} percent={progress.progress_percentage} />
      <dl class="figures">
        {!hasEnded(task.status) && (
          <>
            <Figure name={t('rate')}>
              {rate === undefined ? '–' : t('per_second', { rate: formatNumber(rate, { maximumFractionDigits: 1 }) })}
            </Figure>
            <Figure name={t('time_left')}>
              {task.status === 'PAUSED' ? '–' : toTimeLeft(task, samples, until, update?.estimated_remaining ?? null)}
            </Figure>
          </>
        )}
        <Figure name={t('running_time')}>{toRunningTime(task)}</Figure>
        <Figure name={t('open_ports')}>{openPorts === undefined ? '–' : formatNumber(openPorts)}</Figure>
      </dl>
      <ul class="legend" aria-label={t('by_state')}>
        {STATUSES.filter((status) => countOf(progress, status) > 0).map((status) => (
          <li key={status}>
            <span class={`swatch tone-${SUBTASK_LOOKS[status].tone}`} aria-hidden="true">
              {SUBTASK_LOOKS[status].glyph}
            </span>
            <a href={`?tab=subtasks&status=${status}`}>
              {stateName(status)} <b>{formatNumber(countOf(progress, status))}</b>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** As a band by the rates that were seen here; before that, and where it may not scan at all times, the API's estimate. */
function toTimeLeft(
  { status, progress, config, hold }: Task,
  samples: readonly ClosedSample[],
  until: number,
  estimate: number | null,
): string {
  const open = progress.pending_count + progress.assigned_count + progress.scanning_count + progress.retry_count;
  const isSteady = status === 'RUNNING' && !hold && !config.windows?.length;
  const seen = isSteady ? toEtaBand(samples, open, until) : undefined;
  if (seen) {
    const { unit, from, to } = roundBand(seen);
    if (from !== to) return t(`about_${unit}`, { from, to });
    return t('about', { time: formatDuration(seen.to) });
  }
  return estimate === null ? t('unknown') : t('about', { time: formatDuration(estimate) });
}

function toRunningTime(task: Task): string {
  if (task.actual_duration !== undefined) return formatDuration(task.actual_duration);
  if (task.started_time === undefined) return '–';
  const until = task.paused_time === undefined ? serverNow.value : Date.parse(task.paused_time);
  return formatDuration(Math.max(0, (until - Date.parse(task.started_time)) / 1_000 - task.paused_seconds));
}
