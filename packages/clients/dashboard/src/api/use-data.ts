import { ApiError, type paths, unwrap } from '@cyberstroll/client';
import { computed, type ReadonlySignal, type Signal, signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isVisible, now } from '../browser/clock';
import { client } from './session';

/** Data older than this many milliseconds, beside the time between two reads of it, is not shown as live. */
const OLD_AFTER = 5_000;

/** How old something on the page is. */
export interface Freshness {
  /** Signs of life come once in this many milliseconds. */
  every: number;
  /** The last sign of life, in milliseconds of the browser's clock. */
  heardAt: ReadonlySignal<number>;
  /** The same, once the data is old; undefined while it is live. */
  oldSince: ReadonlySignal<number | undefined>;
  hear: () => void;
}

export function createFreshness(every: number): Freshness {
  const heardAt = signal(Date.now());
  return {
    every,
    heardAt,
    oldSince: computed(() => (now.value - heardAt.value > every + OLD_AFTER ? heardAt.value : undefined)),
    hear() {
      heardAt.value = Date.now();
    },
  };
}

/** What is read from the API, and again from time to time. */
export interface Data<Value> {
  /** The last answer; undefined before the first. It stays while a later read fails. */
  value: Value | undefined;
  error: Error | undefined;
  isLoading: boolean;
  /** Since when the last answer is old. Absent where it is read once. */
  oldSince?: ReadonlySignal<number | undefined> | undefined;
  reload: () => void;
}

export interface ReadOptions<Value> {
  /** What the answer depends on. When it changes, the old answer is dropped, and it is read again. */
  key: string;
  /** Milliseconds between two reads. Without it, it is read once. */
  every?: number | undefined;
  /** Whether an answer shows what is so now; each does, without it. Only then the data is fresh. */
  isLive?: (answer: Value) => boolean;
}

type GetPath = { [Path in keyof paths]: paths[Path] extends { get: object } ? Path : never }[keyof paths];
type Get<Path extends GetPath> = paths[Path] extends { get: infer Operation } ? Operation : never;
type ParametersOf<Path extends GetPath> = Get<Path> extends { parameters: infer Parameters } ? Parameters : never;
type AnswerTo<Path extends GetPath> =
  Get<Path> extends { responses: { 200: { content: { 'application/json': infer Answer } } } } ? Answer : never;

/** Reads from a path of the API, as `useData` does. It is read again with other parameters. */
export const useGet = <Path extends GetPath>(
  path: Path,
  params: ParametersOf<Path>,
  every?: number,
): Data<AnswerTo<Path>> =>
  useData((signal) => unwrap(client.GET(path as '/api/statistics', { params: params as object, signal })) as never, {
    key: JSON.stringify([path, params]),
    every,
  });

/** Whether what was asked for does not exist, or not any more. It is not asked for again. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404 && error.code?.endsWith('_not_found') === true;

/** The longest wait between two reads that fail, in milliseconds. */
const LONGEST_WAIT = 15_000;

/**
 * Reads from the API when a component appears, when `key` changes, and each `every` milliseconds while the page can be
 * seen. Failed reads are repeated with longer and longer waits, unless what was asked for is missing. Data that is read
 * again has an age.
 */
export function useData<Value>(
  read: (signal: AbortSignal) => Promise<Value>,
  { key, every, isLive }: ReadOptions<Value>,
): Data<Value> {
  const value: Signal<Value | undefined> = useSignal(undefined);
  const error: Signal<Error | undefined> = useSignal(undefined);
  const isLoading = useSignal(true);
  const latest = useRef(read);
  latest.current = read;
  const readKey = useRef(key);
  const again = useRef<() => void>(() => undefined);
  const freshness = useMemo(() => (every === undefined ? undefined : createFreshness(every)), [key, every]);

  useEffect(() => {
    const stopping = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    if (readKey.current !== key) value.value = undefined;
    readKey.current = key;
    error.value = undefined;

    async function readOnce(): Promise<void> {
      clearTimeout(timer);
      isLoading.value = true;
      try {
        const answer = await latest.current(stopping.signal);
        if (stopping.signal.aborted) return;
        value.value = answer;
        error.value = undefined;
        failures = 0;
        if (isLive?.(answer) ?? true) freshness?.hear();
      } catch (reason) {
        if (stopping.signal.aborted) return;
        error.value = reason as Error;
        failures += 1;
      }
      isLoading.value = false;
      if (isMissing(error.value)) return;
      const wait = failures === 0 ? every : Math.min((every ?? 1_000) * 2 ** failures, LONGEST_WAIT);
      if (wait !== undefined && isVisible.value) timer = setTimeout(readOnce, wait);
    }

    const stopWatching = isVisible.subscribe((visible) => {
      clearTimeout(timer);
      if (visible && !isMissing(error.value)) void readOnce();
    });
    again.current = () => {
      if (!isMissing(error.value)) void readOnce();
    };
    return () => {
      stopping.abort();
      clearTimeout(timer);
      stopWatching();
    };
  }, [key, every]);

  return {
    value: value.value,
    error: error.value,
    isLoading: isLoading.value,
    oldSince: freshness?.oldSince,
    reload: () => again.current(),
  };
}
