/**
 * Readings: the value that a task, node, operation, exclusion, schedule, key or queue has under an alert rule now.
 * `evaluate-rules.ts` compares them with the alerts that are active. A subject that a rule cannot measure, or no longer
 * concerns, has the value 0.
 */
import {
  type BulkOperation,
  type Exclusion,
  type Hold,
  isEndedTask,
  type KeyView,
  type Node,
  QUEUES,
  type Schedule,
  type StateRule,
  SYSTEM_SUBJECT,
  type Task,
  toSentence,
} from '@cyberstroll/contracts';
import {
  countClosedSeconds,
  NODE_GONE_AFTER_MS,
  secondsSince,
  toDeadLettersText,
  type WaitingDeadLetters,
} from '@cyberstroll/task-state';

/** The value of one subject under one rule. */
export interface AlertReading {
  /** An occurrence has one if what it leaves can be counted: that keeps its alert, and raises none. */
  rule: StateRule | 'dead_letter';
  subject: string;
  value: number;
  /** The alert is raised when the value is at least this … */
  threshold: number;
  /** … for this many milliseconds. */
  forMs: number;
  /** One sentence with the numbers. */
  summary: string;
}

/** When alerts are raised. */
export interface AlertLimits {
  failureRate: { share: number; minClosed: number; forMs: number };
  /**
   * `limitSeconds` 0: only the task's own timeout is a limit. A task may take `stillSeconds` plus the timeout of one
   * subtask until its first result.
   */
  overlong: { ratio: number; limitSeconds: number; stillSeconds: number; forMs: number };
  nodeSilent: { afterMs: number };
  operationStalled: { afterMs: number };
  limitStarves: { afterMs: number };
  /** `updates` and `jobs` are numbers of messages; `lag` is the seconds that updates wait. */
  backlog: { updates: number; jobs: number; lag: number; forMs: number };
}

export type AlertTask = Pick<
  Task,
  | 'task_id'
  | 'status'
  | 'created_time'
  | 'started_time'
  | 'completed_time'
  | 'estimated_completion'
  | 'paused_seconds'
  | 'resumed_time'
> & {
  hold?: Pick<Hold, 'code'>;
  progress: Pick<Task['progress'], 'completed_count' | 'failed_count' | 'timeout_count'>;
  config: Pick<Task['config'], 'timeout' | 'subtask_timeout' | 'windows'>;
};

export interface TaskLimits extends Pick<AlertLimits, 'failureRate' | 'overlong'> {
  /** A task that ended after this time still counts, so that a task that fails within seconds raises an alert. */
  endedAfter: Date;
}

/** The readings of a task under both of its rules. */
export const toTaskReadings = (task: AlertTask, limits: TaskLimits, now: Date): AlertReading[] => [
  {
    rule: 'task_failure_rate',
    subject: task.task_id,
    threshold: limits.failureRate.share,
    forMs: limits.failureRate.forMs,
    ...measureFailures(task, limits),
  },
  {
    rule: 'task_overlong',
    subject: task.task_id,
    threshold: limits.overlong.ratio,
    forMs: limits.overlong.forMs,
    ...measureDuration(task, limits.overlong, now),
  },
];

type Measurement = Pick<AlertReading, 'value' | 'summary'>;
const toZero = (summary: string): Measurement => ({ value: 0, summary });

/** The share of failed and timed-out subtasks among those that a scan closed. A cancelled subtask does not count. */
function measureFailures(
  { status, progress, completed_time }: AlertTask,
  { failureRate, endedAfter }: TaskLimits,
): Measurement {
  if (status === 'CANCELLED') return toZero(toSentence('was_cancelled'));
  if (completed_time && completed_time <= endedAfter) return toZero(toSentence('ended_as', { status }));
  const failed = progress.failed_count + progress.timeout_count;
  const scanned = failed + progress.completed_count;
  const share = scanned === 0 ? 0 : failed / scanned;
  const summary = toSentence('scans_failed', { failed, scanned, percent: Math.round(share * 100) });
  return { value: scanned < failureRate.minClosed ? 0 : share, summary };
}

/**
 * The running time of a task as a share of the expected time. Two times are expected: the task's own estimate at its
 * last progress, and the longest time that it may take (then its running time is the estimate, if that is longer). The
 * greater share counts. A task without any progress exceeds its estimate sooner or later; a task without a first result
 * has no estimate, and is measured against the time that a first result may take.
 */
function measureDuration(task: AlertTask, { limitSeconds, stillSeconds }: AlertLimits['overlong'], now: Date) {
  const { status, config, created_time, started_time, estimated_completion, paused_seconds, resumed_time, hold } = task;
  if (isEndedTask(status)) return toZero(toSentence('ended_as', { status }));
  if (status === 'PAUSED') return toZero(toSentence('is_paused', { status }));
  if (hold) return toZero(toSentence('is_held', { hold: hold.code }));
  // What was held before its first scan has the time from then on.
  const begun = started_time ?? resumed_time ?? created_time;
  const toRunningTime = (until: Date) => secondsSince(begun, { paused_seconds }, until);
  /** The estimate has the time between windows in it, which does not count. The past part is in `paused_seconds`. */
  const toClosed = (until: Date) => countClosedSeconds(config.windows, now, until);
  const elapsed = toRunningTime(now);
  const measurements: Measurement[] = [];
  if (!estimated_completion) {
    const summary = toSentence('no_result', { status, age_seconds: elapsed });
    measurements.push({ value: elapsed / (stillSeconds + config.subtask_timeout), summary });
  }
  if (started_time) {
    const estimate = estimated_completion ? toRunningTime(estimated_completion) - toClosed(estimated_completion) : 0;
    const limit = Math.min(...[config.timeout, limitSeconds].filter((seconds) => seconds > 0));
    const whole = Math.max(elapsed, estimate);
    measurements.push(
      {
        value: estimate > 0 ? elapsed / estimate : 0,
        summary: toSentence('slower_than_rate', { age_seconds: elapsed, expected_seconds: estimate }),
      },
      {
        value: whole / limit,
        summary: toSentence('over_limit', { whole_seconds: whole, limit_seconds: limit }),
      },
    );
  }
  return measurements.reduce((worst, each) => (each.value > worst.value ? each : worst));
}

export type AlertNode = Pick<Node, 'node_id' | 'status' | 'last_seen' | 'said_goodbye'>;

/** How long a node has been silent, in seconds. 0 for a node that said goodbye, and for a node that is gone. */
export function toNodeReading(node: AlertNode, limits: AlertLimits['nodeSilent'], now: Date): AlertReading {
  const silentMs = Math.max(0, now.getTime() - node.last_seen.getTime());
  return {
    rule: 'node_silent',
    subject: node.node_id,
    threshold: limits.afterMs / 1_000,
    // The value is a duration already.
    forMs: 0,
    ...measureSilence(node, silentMs),
  };
}

function measureSilence({ status, said_goodbye }: AlertNode, silentMs: number): Measurement {
  const silence = { silence_seconds: silentMs / 1_000 };
  if (status === 'offline' && said_goodbye) return toZero(toSentence('said_goodbye'));
  if (silentMs >= NODE_GONE_AFTER_MS) return toZero(toSentence('node_gone', silence));
  return { value: silentMs / 1_000, summary: toSentence('no_heartbeat', silence) };
}

/** When the operation is the next one of its action, it must move within this time. */
const OPERATION_FOR_MS = 120_000;

export type AlertOperation = Pick<BulkOperation, 'operation_id' | 'action' | 'created_time' | 'matched'> & {
  /** Its tasks that have their outcome. */
  place: number;
  /** When the last of them got it. */
  moved_time?: Date | undefined;
};

/** How long an operation has not continued, in seconds. */
export function toOperationReading(
  { operation_id, action, created_time, moved_time = created_time, place, matched }: AlertOperation,
  limits: AlertLimits['operationStalled'],
  now: Date,
): AlertReading {
  const seconds = Math.max(0, now.getTime() - moved_time.getTime()) / 1_000;
  return {
    rule: 'operation_stalled',
    subject: operation_id,
    value: seconds,
    threshold: limits.afterMs / 1_000,
    forMs: OPERATION_FOR_MS,
    summary: toSentence('operation_stalled', { action, place, matched, still_seconds: seconds }),
  };
}

/** How long before an end its notice comes, and how long an exclusion must have been for one. */
export const NOTICE_MS = 7 * 86_400_000;

/** Whether an exclusion ends soon. One that was made for a week or less has no notice: whoever made it knows. */
export function toExclusionReading(
  {
    exclusion_id,
    target,
    ports,
    reason,
    start,
    until,
  }: Pick<Exclusion, 'exclusion_id' | 'target' | 'ports' | 'reason' | 'start' | 'until'>,
  now: Date,
): AlertReading {
  const leftMs = until.getTime() - now.getTime();
  const isLong = until.getTime() - start.getTime() > NOTICE_MS;
  return {
    rule: 'exclusion_ending',
    subject: exclusion_id,
    value: isLong && leftMs <= NOTICE_MS ? 1 : 0,
    threshold: 1,
    forMs: 0,
    summary:
      ports === undefined
        ? toSentence('excluded_until', { target, until_time: until, reason })
        : toSentence('ports_excluded_until', { target, ports, until_time: until, reason }),
  };
}

/** One that can be read again, or was removed, has no reading, so its alert is cleared. */
export const toUnreadableReading = ({ subject, fault }: { subject: string; fault: string }): AlertReading => ({
  rule: 'document_unreadable',
  subject,
  value: 1,
  threshold: 1,
  forMs: 0,
  summary: toSentence('document_unreadable', { subject, fault }),
});

/** A schedule that the system has paused. */
export const toStoppedReading = ({
  schedule_id,
  name,
  pause_reason = '–',
}: Pick<Schedule, 'schedule_id' | 'name' | 'pause_reason'>): AlertReading => ({
  rule: 'schedule_stopped',
  subject: schedule_id,
  value: 1,
  threshold: 1,
  forMs: 0,
  summary: toSentence('schedule_paused', { name, reason: pause_reason }),
});

/** A run is late that has no task after this time … */
export const SCHEDULE_LATE_MS = 300_000;
/** … and could have had one for this long: what it waited for may have ended a moment ago. */
const SCHEDULE_LATE_FOR_MS = 60_000;

/** A run of a schedule that is due since a time, or, without one, was missed. */
export type LateRun = Pick<Schedule, 'schedule_id' | 'name'> & { planned_time: Date; since?: Date | undefined };

/** How long a run has been late, in seconds. One that was missed counts until the next one is decided. */
export function toLateReading({ schedule_id, name, planned_time, since }: LateRun, now: Date): AlertReading {
  const threshold = SCHEDULE_LATE_MS / 1_000;
  const seconds = since ? (now.getTime() - since.getTime()) / 1_000 : threshold;
  return {
    rule: 'schedule_late',
    subject: schedule_id,
    value: seconds,
    threshold,
    forMs: SCHEDULE_LATE_FOR_MS,
    summary: since
      ? toSentence('run_late', { name, planned_time, late_seconds: seconds })
      : toSentence('run_missed', { name, planned_time }),
  };
}

/** A key that expires soon, and the schedules that act for it. */
export const toKeyReading = (
  { key_id, name, expires_time }: Pick<KeyView, 'key_id' | 'name' | 'expires_time'>,
  schedules: number,
): AlertReading => ({
  rule: 'schedule_key_expires',
  subject: key_id,
  value: schedules,
  threshold: 1,
  forMs: 0,
  summary: toSentence('key_expires', { operator: name, until_time: expires_time!, schedules }),
});

/**
 * The messages that wait in the queue of updates or in a pool's job queue. For updates it is also the time that they
 * wait, since the queue does not show those that an updater holds; the value that is closer to its threshold counts.
 * `lagSeconds` is that of the queue of updates.
 */
export function toQueueReading(
  { queue, depth, lagSeconds = 0 }: { queue: string; depth: number; lagSeconds?: number | undefined },
  { updates, jobs, lag, forMs }: AlertLimits['backlog'],
): AlertReading {
  const common = { rule: 'queue_backlog' as const, subject: queue, forMs };
  const isOfUpdates = queue === QUEUES.stateUpdates.name;
  if (isOfUpdates && lagSeconds / lag > depth / updates) {
    const summary = toSentence('updates_waited', { queue, wait: Math.round(lagSeconds) });
    return { ...common, value: lagSeconds, threshold: lag, summary };
  }
  const summary = toSentence('messages_wait', { messages: depth, queue });
  return { ...common, value: depth, threshold: isOfUpdates ? updates : jobs, summary };
}

/** The dead letters that wait, of all reasons: as long as there is one, the alert about them stays. */
export const toDeadLetterReading = (waiting: WaitingDeadLetters): AlertReading => ({
  rule: 'dead_letter',
  subject: SYSTEM_SUBJECT,
  value: waiting.dead_letters_waiting,
  threshold: 1,
  forMs: 0,
  summary: toDeadLettersText(waiting),
});

/**
 * The greatest value over a round of pages. During a round the greatest value of the round before counts too, so that a
 * value that was read a few pages ago does not disappear.
 */
export function createRoundMaximum(): (values: readonly number[], isRoundOver: boolean) => number {
  let ofLastRound = 0;
  let ofThisRound = 0;
  return (values, isRoundOver) => {
    ofThisRound = values.reduce((greatest, value) => Math.max(greatest, value), ofThisRound);
    if (!isRoundOver) return Math.max(ofLastRound, ofThisRound);
    ofLastRound = ofThisRound;
    ofThisRound = 0;
    return ofLastRound;
  };
}
