import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface Sample<Value> {
  /** Seconds since 1970, on the browser's clock. */
  at: number;
  value: Value;
}

interface SampleOptions {
  /** Of more samples the newest are kept. */
  most: number;
  /** Seconds between two samples at least; what is read sooner is left out. */
  every?: number;
}

/** What was read since the component appeared, in its order. */
export function useSamples<Value>(
  value: Value | undefined,
  { most, every = 0 }: SampleOptions,
): readonly Sample<Value>[] {
  const samples: Signal<readonly Sample<Value>[]> = useSignal<readonly Sample<Value>[]>([]);
  useEffect(() => {
    const at = Date.now() / 1_000;
    const last = samples.peek().at(-1);
    if (value === undefined || (last && at - last.at < every)) return;
    samples.value = [...samples.peek(), { at, value }].slice(-most);
  }, [value]);
  return samples.value;
}
