import { NO_TOUCHED, type TouchedCounts } from '@cyberstroll/contracts';
import type { ScanTimes } from '../task-clock';
import { type CounterShard, NO_STATS, type TaskStats } from './stats';

/** The shards of one task added up. */
export interface TaskCounters {
  touched: TouchedCounts;
  stats: TaskStats;
  error_codes: Record<string, number>;
  /** How many subtasks were reassigned, by cause. */
  reassigned: Record<string, number>;
  seq: number;
  last_error: string | undefined;
  scans: ScanTimes;
}

export function sumShards(shards: readonly CounterShard[]): TaskCounters {
  const sum: TaskCounters = {
    touched: { ...NO_TOUCHED },
    stats: { ...NO_STATS },
    error_codes: {},
    reassigned: {},
    seq: 0,
    last_error: undefined,
    scans: {},
  };
  let lastErrorTime: Date | undefined;
  for (const shard of shards) {
    sum.seq += shard.seq;
    addInto(sum.touched, shard.counts);
    addInto(sum.stats, shard.stats);
    addInto(sum.error_codes, shard.error_codes);
    addInto(sum.reassigned, shard.reassigned);
    addScanTimes(sum.scans, shard);
    if (shard.last_error_time && (!lastErrorTime || shard.last_error_time > lastErrorTime)) {
      lastErrorTime = shard.last_error_time;
      sum.last_error = shard.last_error;
    }
  }
  return sum;
}

/** Puts the earlier start and the later end into `sum`. */
export function addScanTimes(
  sum: ScanTimes,
  { first_started_time: first, last_completed_time: last }: ScanTimes,
): void {
  if (first) addStart(sum, first);
  if (last) addEnd(sum, last);
}

/** Puts the earlier start into `sum`. */
export function addStart(sum: ScanTimes, started: Date): void {
  const { first_started_time: first } = sum;
  if (!first || started.getTime() < first.getTime()) sum.first_started_time = started;
}

/** Puts the later end into `sum`. */
export function addEnd(sum: ScanTimes, completed: Date): void {
  const { last_completed_time: last } = sum;
  if (!last || completed.getTime() > last.getTime()) sum.last_completed_time = completed;
}

function addInto<Key extends string>(sum: Record<Key, number>, part: Partial<Record<Key, number>> = {}): void {
  for (const key of Object.keys(part) as Key[]) sum[key] = (sum[key] ?? 0) + (part[key] ?? 0);
}
