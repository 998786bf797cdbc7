import {
  BUCKET_OF_STATUS,
  NO_TOUCHED,
  type ProgressBucket,
  type TouchedCounts,
  toProgress,
} from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { TaskDump, Violation } from './evidence';

const BUCKETS = Object.keys(NO_TOUCHED) as (keyof TouchedCounts)[];

/** I1 sum, I2 recount: of the counters, and of what the settled task shows of them. */
export function checkCounters(dump: TaskDump): Violation[] {
  const { task, total, counters } = dump;
  const violations: Violation[] = [];
  const found = (invariant: 'I1' | 'I2', what: string) => violations.push({ invariant, where: task.task_id, what });

  const shown = toProgress(total, counters, isEndedTask(task.status));
  const { total_targets, progress_percentage, ...buckets } = task.settled ? task.progress : shown;
  if (total_targets !== total) found('I1', `total_targets is ${total_targets}, the target set has ${total}`);
  const counts = Object.entries(buckets) as [ProgressBucket, number][];
  for (const [bucket, count] of counts) if (count < 0) found('I1', `${bucket} is ${count}`);
  const sum = counts.reduce((all, [, count]) => all + count, 0);
  if (sum !== total) found('I1', `the buckets sum to ${sum} of ${total}`);
  if (task.settled && progress_percentage !== 100) found('I1', `settled at ${progress_percentage} %`);

  const recounted = recount(dump);
  for (const bucket of BUCKETS) {
    if (counters[bucket] !== recounted[bucket])
      found('I2', `${bucket} is ${counters[bucket]}, ${recounted[bucket]} are`);
  }
  if (task.settled) {
    for (const [bucket, count] of Object.entries(toProgress(total, recounted, true)) as [ProgressBucket, number][]) {
      if (task.progress[bucket] !== count)
        found('I2', `the task shows ${bucket} ${task.progress[bucket]}, not ${count}`);
    }
  }
  return violations;
}

/** By how much the counters of resting subtasks are above their recount. */
export function countDoubled(dump: TaskDump): number {
  const recounted = recount(dump);
  const resting = ['completed_count', 'failed_count', 'timeout_count', 'cancelled_count'] as const;
  return resting.reduce((sum, bucket) => sum + Math.max(0, dump.counters[bucket] - recounted[bucket]), 0);
}

function recount({ subTasks }: TaskDump): TouchedCounts {
  const counts: TouchedCounts = { ...NO_TOUCHED };
  for (const { status } of subTasks) {
    const bucket = BUCKET_OF_STATUS[status];
    if (bucket !== 'pending_count') counts[bucket] += 1;
  }
  return counts;
}
