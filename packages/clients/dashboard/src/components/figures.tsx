import { BUCKET_OF_STATUS, type ProgressBucket, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { ComponentChildren } from 'preact';
import { formatNumber, stateName } from '../language/define-texts';
import type { Counts } from '../live/progress-of';
import { SUBTASK_LOOKS } from '../states/states';

interface FigureProps {
  name: string;
  children: ComponentChildren;
  href?: string;
  help?: string;
  isTrouble?: boolean;
  isWide?: boolean;
}

/** A number that is seen from afar, in a list of such (`figures`). */
export const Figure = ({ name, children, href, help, isTrouble = false, isWide = false }: FigureProps) => (
  <div class={`${isTrouble ? 'figure-needs' : ''} ${isWide ? 'figure-wide' : ''}`}>
    <dt title={help}>{href === undefined ? name : <a href={href}>{name}</a>}</dt>
    <dd>{children}</dd>
  </div>
);

/** A name and what is known of it, in a list of such (`facts`). */
export const Fact = ({ name, children, isTrouble = false }: Pick<FigureProps, 'name' | 'children' | 'isTrouble'>) => (
  <>
    <dt>{name}</dt>
    <dd class={isTrouble ? 'trouble' : ''}>{children}</dd>
  </>
);

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

/** How much of something that has an end is used. It is full, not in trouble, at its end. */
export const SlotBar = ({ used, all, label }: { used: number; all: number; label: string }) => (
  <div class="progress">
    <div class="progress-bar" role="img" aria-label={label}>
      <span class="tone-working" style={{ width: `${(100 * Math.min(used, all)) / Math.max(1, all)}%` }} />
    </div>
    <span class="progress-percent" aria-hidden="true">
      {formatNumber(used)} / {formatNumber(all)}
    </span>
  </div>
);
