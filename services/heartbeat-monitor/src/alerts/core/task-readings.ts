import { isEndedTask, type Task, toDurationText } from '@cyberstroll/contracts';
import { secondsSince } from '@cyberstroll/task-state';
import type { AlertLimits, AlertReading } from './alert-reading';

export type AlertTask = Pick<
  Task,
  | 'task_id'
  | 'status'
  | 'progress'
  | 'config'
  | 'created_time'
  | 'started_time'
  | 'completed_time'
  | 'estimated_completion'
  | 'paused_seconds'
>;

export interface TaskLimits extends Pick<AlertLimits, 'failureRate' | 'overlong'> {
  /** A task that ended later still counts: so one that fails within seconds is told of. */
  endedAfter: Date;
}

/** How a task stands under both rules. What cannot be judged yet, or has passed, is well: value 0. */
export const toTaskReadings = (task: AlertTask, limits: TaskLimits, now: Date): AlertReading[] => [
  {
    rule: 'task_failure_rate',
    subject: task.task_id,
    threshold: limits.failureRate.share,
    forMs: limits.failureRate.forMs,
    ...judgeFailures(task, limits),
  },
  {
    rule: 'task_overlong',
    subject: task.task_id,
    threshold: limits.overlong.ratio,
    forMs: limits.overlong.forMs,
    ...judgeDuration(task, limits.overlong, now),
  },
];

type Judgement = Pick<AlertReading, 'value' | 'summary'>;
const well = (summary: string): Judgement => ({ value: 0, summary });

/** Failed and timed-out ones among those that rest by a scan's outcome: a cancelled one says nothing. */
function judgeFailures(
  { status, progress, completed_time }: AlertTask,
  { failureRate, endedAfter }: TaskLimits,
): Judgement {
  if (status === 'CANCELLED') return well('the task was cancelled');
  if (completed_time && completed_time <= endedAfter) return well(`the task ended as ${status}`);
  const failed = progress.failed_count + progress.timeout_count;
  const scanned = failed + progress.completed_count;
  const share = scanned === 0 ? 0 : failed / scanned;
  const summary = `${failed} of ${scanned} scanned targets failed (${Math.round(share * 100)} %)`;
  return { value: scanned < failureRate.minClosed ? 0 : share, summary };
}

/**
 * What it has run, or will have run at its rate, as a share of what is expected: by its own estimate of its last progress, and by
 * the most that it may take. The greater counts. A task that stands still outruns its estimate; one of which nothing has come
 * yet has none, and is expected to say something.
 */
function judgeDuration(task: AlertTask, { limitSeconds, stillSeconds }: AlertLimits['overlong'], now: Date): Judgement {
  const { status, config, created_time, started_time, estimated_completion, paused_seconds } = task;
  if (isEndedTask(status)) return well(`the task ended as ${status}`);
  if (status === 'PAUSED') return well(`the task is ${status}`);
  const toRun = (until: Date) => secondsSince(started_time ?? created_time, { paused_seconds }, until);
  const elapsed = toRun(now);
  const judgements: Judgement[] = [];
  if (!estimated_completion) {
    const summary = `is ${status}, and nothing has come of it for ${toDurationText(elapsed)}`;
    judgements.push({ value: elapsed / (stillSeconds + config.subtask_timeout), summary });
  }
  if (started_time) {
    const estimate = estimated_completion ? toRun(estimated_completion) : 0;
    const limit = Math.min(...[config.timeout, limitSeconds].filter((seconds) => seconds > 0));
    const whole = Math.max(elapsed, estimate);
    judgements.push(
      {
        value: estimate > 0 ? elapsed / estimate : 0,
        summary: `runs for ${toDurationText(elapsed)}, at its rate it should take ${toDurationText(estimate)}`,
      },
      {
        value: whole / limit,
        summary: `takes ${toDurationText(whole)} at its rate, and may take ${toDurationText(limit)}`,
      },
    );
  }
  return judgements.reduce((worst, each) => (each.value > worst.value ? each : worst));
}
