import { type ReadonlySignal, signal } from '@preact/signals';
import { type ComponentChildren, createContext } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { now } from '../browser/clock';
import { t } from './texts';
import { formatDuration } from './time';

/** Whether what a part shows may have changed since it was read: a list that was empty then says nothing of now. */
export const IsUncertain = createContext(false);

/** Since when each part of the page that is not live is old. */
const ages = signal<ReadonlyMap<object, number>>(new Map());

interface PanelProps {
  /** Since when what it shows is old, each undefined while that is live. */
  of: readonly (ReadonlySignal<number | undefined> | undefined)[];
  isUncertain?: boolean;
  children: ComponentChildren;
}

/** A part of the page that has an age of its own: once it is not live it is grey, and the page says how old it is. */
export function Panel({ of, isUncertain = false, children }: PanelProps) {
  const part = useRef({}).current;
  const since = of.flatMap((each) => each?.value ?? []);
  const oldest = since.length === 0 ? undefined : Math.min(...since);
  useEffect(() => {
    if (oldest === undefined) return;
    ages.value = new Map(ages.peek()).set(part, oldest);
    return () => {
      ages.value = new Map([...ages.peek()].filter(([each]) => each !== part));
    };
  }, [oldest]);
  return (
    <div class={`panel ${oldest === undefined ? '' : 'is-old'}`}>
      <IsUncertain.Provider value={oldest !== undefined || isUncertain}>{children}</IsUncertain.Provider>
    </div>
  );
}

/** The age of the oldest part of the page, once one is not live. */
export function PageAge() {
  const since = [...ages.value.values()];
  if (since.length === 0) return null;
  return (
    <p class="age" role="status">
      {t('old', { age: formatDuration((now.value - Math.min(...since)) / 1_000) })}
    </p>
  );
}
