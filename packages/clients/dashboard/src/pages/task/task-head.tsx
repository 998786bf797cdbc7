import type { ProgressUpdate, Task } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import type { Freshness } from '../../api/use-data';
import { now, serverNow } from '../../browser/clock';
import { useSubject } from '../../browser/title';
import { CopyButton } from '../../components/action-button';
import { countOf, Figure, ProgressBar } from '../../components/figures';
import { assign } from '../../components/input';
import { toTaskName } from '../../components/name-link';
import { HostileText } from '../../components/scroll-box';
import { formatDuration, Time } from '../../components/time';
import { isStanding, Waiting } from '../../components/waiting-reason';
import { formatNumber, stateName } from '../../language/define-texts';
import type { ClosedSample } from '../../live/task-progress';
import { TaskState } from '../../states/state-badge';
import { hasEnded, SUBTASK_LOOKS } from '../../states/states';
import { CompareBefore } from '../compare/compare-with';
import { roundBand, toEtaBand, toRate } from './eta-band';
import { TaskActions } from './task-actions';
import { t } from './texts';
import { STATUSES } from './use-rows';

const SHOWN_TARGET = 160;

interface TaskHeaderProps {
  task: Task;
  etag: string | undefined;
  moves: boolean;
  reload: () => void;
}

export function TaskHeader({ task, etag, moves, reload }: TaskHeaderProps) {
  const { task_id: taskId, labels, from_task: from, next_task: next, waiting_reason: reason } = task;
  const title = toTaskName(task);
  useSubject(title);
  return (
    <header>
      <div class="title">
        <h1>
          <HostileText text={title} most={200} />
        </h1>
        <TaskState status={task.status} />
        <span class="space" />
        <CompareBefore task={task} />
        <TaskActions task={task} etag={etag} reload={reload} />
      </div>
      <p class="task-facts weak">
        <CopyButton label={t('copy_id')} text={() => taskId} />
        {reason && isStanding(reason, moves) && (
          <span class="remark">
            <strong>{t('waits') + t('colon')}</strong> <Waiting reason={reason} taskId={taskId} />
          </span>
        )}
        {task.excluded && <Excluded excluded={task.excluded} />}
        <span>
          {t('created_by', { initiator: task.task_initiator })}
          {t('comma')}
          <Time at={task.created_time} />
        </span>
        <span>{t('priority_is', { priority: task.config.priority })}</span>
        {labels.map((label) => (
          <a key={label} class="chip" href={`/tasks?label=${encodeURIComponent(label)}`}>
            {label}
          </a>
        ))}
        {from !== undefined && (
          <span>
            <a href={`/tasks/${from}`}>{t('from_task')}</a>
            {task.only && ` (${t(`only_${task.only}`)})`}
          </span>
        )}
        {next !== undefined && (
          <span>
            <a href={`/tasks/${next}`}>{t('next_task')}</a>
          </span>
        )}
        {task.on_end_error && <span class="remark">{t('on_end_error', { detail: task.on_end_error.detail })}</span>}
        {title !== task.task_target && <Targets text={task.task_target} />}
      </p>
    </header>
  );
}

const SHOWN_EXCLUSIONS = 5;

/** What exclusions took out of the targets, with the way to each; the pointer shows why. */
const Excluded = ({ excluded: { count, by } }: { excluded: NonNullable<Task['excluded']> }) => (
  <span class="remark">
    {t('excluded', { count })}
    {t('colon')}
    {by.slice(0, SHOWN_EXCLUSIONS).map(({ exclusion_id, target, reason }, i) => (
      <span key={exclusion_id}>
        {i > 0 && t('comma')}
        <a href={`/plan/exclusions/${exclusion_id}`} title={reason}>
          {target}
        </a>
      </span>
    ))}
    {by.length > SHOWN_EXCLUSIONS && ' …'}
  </span>
);

function Targets({ text }: { text: string }) {
  const isWhole = useSignal(false);
  const isLong = text.length > SHOWN_TARGET;
  return (
    <span>
      {t('targets') + t('colon')}
      <HostileText text={text} most={isWhole.value ? text.length : SHOWN_TARGET} />
      {isLong && !isWhole.value && (
        <button type="button" class="quiet" onClick={() => assign(isWhole, true)}>
          {t('show_whole', { count: text.length })}
        </button>
      )}
    </span>
  );
}

interface FiguresProps {
  task: Task;
  update: ProgressUpdate | undefined;
  samples: readonly ClosedSample[];
  freshness: Freshness;
  openPorts: number | undefined;
}

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
