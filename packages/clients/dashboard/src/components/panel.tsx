import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { now } from '../browser/clock';
import { t } from './texts';
import { formatDuration } from './time';

interface PanelProps {
  /** Since when what it shows is old, each undefined while that is live. */
  of: readonly (ReadonlySignal<number | undefined> | undefined)[];
  children: ComponentChildren;
}

/** A part of the page that has an age of its own: once it is not live it is grey, and says how old it is. */
export function Panel({ of, children }: PanelProps) {
  const since = of.flatMap((each) => each?.value ?? []);
  const isOld = since.length > 0;
  return (
    <div class={`panel ${isOld ? 'is-old' : ''}`}>
      {isOld && (
        <p class="age" role="status">
          {t('old', { age: formatDuration((now.value - Math.min(...since)) / 1_000) })}
        </p>
      )}
      {children}
    </div>
  );
}
