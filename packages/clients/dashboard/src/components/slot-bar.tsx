import { formatNumber } from '../language/define-texts';

interface SlotBarProps {
  used: number;
  all: number;
  /** Says in words what is used. */
  label: string;
}

/** How much of something that has an end is used. It is full, not in trouble, at its end. */
export const SlotBar = ({ used, all, label }: SlotBarProps) => (
  <div class="progress">
    <div class="progress-bar" role="img" aria-label={label}>
      <span class="tone-working" style={{ width: `${(100 * Math.min(used, all)) / Math.max(1, all)}%` }} />
    </div>
    <span class="progress-percent" aria-hidden="true">
      {formatNumber(used)} / {formatNumber(all)}
    </span>
  </div>
);
