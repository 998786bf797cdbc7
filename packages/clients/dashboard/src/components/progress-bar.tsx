import type { Progress } from '@cyberstroll/client';
import { BUCKET_OF_STATUS, type ProgressBucket, type SubTaskStatus } from '@cyberstroll/state-machine';
import { formatNumber } from '../language/define-texts';
import { stateName } from '../language/words';
import { SUBTASK_LOOKS } from '../states/states';

type Counts = Omit<Progress, 'progress_percentage'>;

/** One count per state. */
export type Buckets = Pick<Counts, ProgressBucket>;

export const countOf = (counts: Buckets, status: SubTaskStatus): number => counts[BUCKET_OF_STATUS[status]];

/** What is done comes first in a bar, what has not begun is its empty end. */
const RANKS: readonly SubTaskStatus[] = [
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'CANCELLED',
  'RETRYING',
  'SCANNING',
  'ASSIGNED',
  'PENDING',
];

/** A task's subtasks by state, as one bar. `percent`: of the addresses that were scanned. */
export function ProgressBar({ counts, percent }: { counts: Counts; percent: number }) {
  const shown = RANKS.filter((status) => countOf(counts, status) > 0);
  const text = shown.map((status) => `${stateName(status)}: ${formatNumber(countOf(counts, status))}`).join(', ');
  return (
    <div class="progress" title={text}>
      <div
        class="progress-bar"
        role="progressbar"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(percent)}
        aria-label={text}
      >
        {shown.map((status) => (
          <span
            key={status}
            class={`tone-${SUBTASK_LOOKS[status].tone}`}
            style={{ width: `${(100 * countOf(counts, status)) / Math.max(1, counts.total_targets)}%` }}
          />
        ))}
      </div>
      <span class="progress-percent">{formatNumber(floorPercent(percent))} %</span>
    </div>
  );
}

/** 100 only when all is done. */
const floorPercent = (percent: number) => Math.floor(percent * 10) / 10;
