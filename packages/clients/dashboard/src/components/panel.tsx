import type { ReadonlySignal } from '@preact/signals';
import { type ComponentChildren, createContext } from 'preact';
import { now } from '../browser/clock';
import { t } from './texts';
import { formatDuration } from './time';

/** Whether what a part shows may have changed since it was read: a list that was empty then says nothing of now. */
export const IsUncertain = createContext(false);

interface PanelProps {
  /** Since when what it shows is old, each undefined while that is live. */
  of: readonly (ReadonlySignal<number | undefined> | undefined)[];
  /** The last read failed. */
  isUncertain?: boolean;
  children: ComponentChildren;
}

/** A part of the page that has an age of its own: once it is not live it is grey, and says how old it is. */
export function Panel({ of, isUncertain = false, children }: PanelProps) {
  const since = of.flatMap((each) => each?.value ?? []);
  const isOld = since.length > 0;
  return (
    <div class={`panel ${isOld ? 'is-old' : ''}`}>
      {isOld && (
        <p class="age" role="status">
          {t('old', { age: formatDuration((now.value - Math.min(...since)) / 1_000) })}
        </p>
      )}
      <IsUncertain.Provider value={isOld || isUncertain}>{children}</IsUncertain.Provider>
    </div>
  );
}
