import {
  BUCKET_OF_STATUS,
  countScanned,
  NO_TOUCHED,
  type ProgressBucket,
  type TouchedCounts,
  toBuckets,
} from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { toProgress } from '@cyberstroll/task-state';
import type { TaskDump, Violation } from './evidence';

const BUCKETS = Object.keys(NO_TOUCHED) as (keyof TouchedCounts)[];

/** I1 sum, I2 recount: of the counters, and of what the settled task shows of them. */
export function checkCounters(dump: TaskDump): Violation[] {
  const { task, total, counters } = dump;
  const violations: Violation[] = [];
  const found = (invariant: 'I1' | 'I2', what: string) => violations.push({ invariant, where: task.task_id, what });

  const shown = toProgress(total, counters, isEndedTask(task.status));
  const progress = task.settled ? task.progress : shown;
  const { total_targets, progress_percentage } = progress;
  if (total_targets !== total) found('I1', `total_targets is ${total_targets}, the target set has ${total}`);
  const counts = Object.entries(toBuckets(progress)) as [ProgressBucket, number][];
  for (const [bucket, count] of counts) if (count < 0) found('I1', `${bucket} is ${count}`);
  const sum = counts.reduce((all, [, count]) => all + count, 0);
  if (sum !== total) found('I1', `the buckets sum to ${sum} of ${total}`);
  const scanned = Math.floor((countScanned(progress) * 10_000) / total) / 100;
  if (progress_percentage !== scanned) found('I1', `shows ${progress_percentage} %, ${scanned} % are scanned`);

  const recounted = recount(dump);
  for (const bucket of BUCKETS) {
    if (counters[bucket] !== recounted[bucket])
      found('I2', `${bucket} is ${counters[bucket]}, ${recounted[bucket]} are`);
  }
  if (task.settled) {
    const right = toBuckets(toProgress(total, recounted, true));
    for (const [bucket, count] of Object.entries(right) as [ProgressBucket, number][]) {
      if (task.progress[bucket] !== count)
        found('I2', `the task shows ${bucket} ${task.progress[bucket]}, not ${count}`);
    }
  }
  return violations;
}

/** By how much the counters of closed subtasks are above their recount. */
export function countDoubled(dump: TaskDump): number {
  const recounted = recount(dump);
  const closed = ['completed_count', 'failed_count', 'timeout_count', 'cancelled_count'] as const;
  return closed.reduce((sum, bucket) => sum + Math.max(0, dump.counters[bucket] - recounted[bucket]), 0);
}

function recount({ subTasks }: TaskDump): TouchedCounts {
  const counts: TouchedCounts = { ...NO_TOUCHED };
  for (const { status } of subTasks) {
    const bucket = BUCKET_OF_STATUS[status];
    if (bucket !== 'pending_count') counts[bucket] += 1;
  }
  return counts;
}
