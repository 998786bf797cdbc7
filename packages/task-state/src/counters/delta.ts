import { BUCKET_OF_STATUS, NO_TOUCHED, type SubTask, type TouchedCounts } from '@cyberstroll/contracts';
import type { SubTaskDecision } from '../subtask/decide-subtask';
import type { IncomingUpdate } from '../subtask/incoming-update';
import type { ScanTimes } from '../task-clock';
import { NO_STATS, type TaskStats } from './stats';
import { addEnd, addStart } from './sum';

/** What one batch changes in a task's counters. */
export interface CounterDelta {
  counts: TouchedCounts;
  stats: TaskStats;
  error_codes: Record<string, number>;
  reassigned: Record<string, number>;
  last_error: string | undefined;
  scans: ScanTimes;
}

export const noDelta = (): CounterDelta => ({
  counts: { ...NO_TOUCHED },
  stats: { ...NO_STATS },
  error_codes: {},
  reassigned: {},
  last_error: undefined,
  scans: {},
});

/** Adds the change from one document of a subtask to the next, and the transitions between them. */
export function addSubTaskChange(
  delta: CounterDelta,
  before: SubTask | undefined,
  after: SubTask,
  { transitions, implausible }: Pick<SubTaskDecision, 'transitions' | 'implausible'>,
): void {
  count(delta, before, -1);
  count(delta, after, 1);
  delta.stats.retries += after.retry_count - (before?.retry_count ?? 0);
  if (before && isFailure(before) && after.attempt > before.attempt) delta.stats.reopened += 1;
  // An operator's retry sets the count of a subtask back to zero.
  delta.stats.node_losses += Math.max(0, after.node_losses - (before?.node_losses ?? 0));
  if (after.status === 'COMPLETED' && before?.status !== 'COMPLETED') {
    if (implausible === 0) {
      delta.stats.executions += 1;
      delta.stats.execution_seconds += after.execution_duration ?? 0;
    }
    delta.stats.open_ports += after.scan_result?.open_ports.length ?? 0;
  }
  for (const { status, timestamp } of transitions) {
    if (status === 'SCANNING') addStart(delta.scans, timestamp);
    else if (status === 'COMPLETED' || isFailure({ status })) addEnd(delta.scans, timestamp);
  }
  const failures = transitions.filter(isFailure).length;
  if (failures > 0 && after.error_info) {
    const { error_code, error_message } = after.error_info;
    delta.stats.errors += failures;
    delta.error_codes[error_code] = (delta.error_codes[error_code] ?? 0) + failures;
    delta.last_error = `${error_code}: ${error_message}`;
  }
}

/** Adds an applied update. Its sender's clock may be ahead. */
export function addAppliedUpdate(delta: CounterDelta, now: Date, { update, sentTime = now }: IncomingUpdate): void {
  delta.stats.updates += 1;
  delta.stats.update_lag_seconds += Math.max(0, now.getTime() - sentTime.getTime()) / 1_000;
  if (update.reassigned !== undefined)
    delta.reassigned[update.reassigned] = (delta.reassigned[update.reassigned] ?? 0) + 1;
}

const isFailure = ({ status }: Pick<SubTask, 'status'>) => status === 'FAILED' || status === 'TIMEOUT';

function count(delta: CounterDelta, subTask: SubTask | undefined, by: 1 | -1): void {
  const bucket = BUCKET_OF_STATUS[subTask?.status ?? 'PENDING'];
  if (bucket !== 'pending_count') delta.counts[bucket] += by;
}

/** The `$inc` of a delta. It leaves out zeros, so that an untouched field is not written. */
export function toIncrements(delta: CounterDelta): Record<string, number> {
  const increments: Record<string, number> = { seq: 1 };
  for (const group of ['counts', 'stats', 'error_codes', 'reassigned'] as const) {
    for (const [key, value] of Object.entries(delta[group])) if (value !== 0) increments[`${group}.${key}`] = value;
  }
  return increments;
}
