import { ApiError } from '@cyberstroll/client';
import { type Signal, signal, useSignal } from '@preact/signals';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';

interface Fault {
  cause: string;
  retry: () => void;
}

/** The faults of the page, or of the dialog above it. */
const Scope = createContext<Signal<readonly Fault[]>>(signal([]));

/** What is inside says its own faults, whatever is said outside. */
export const FaultScope = ({ children }: { children: ComponentChildren }) => (
  <Scope.Provider value={useSignal<readonly Fault[]>([])}>{children}</Scope.Provider>
);

/** Reads that failed alike: a service that is unavailable fails all of them, in several words. */
const toCause = (error: unknown): string =>
  error instanceof ApiError && error.status === 503 ? 'unavailable' : String(error);

/**
 * One cause is said once on a page, however many reads it fails: by the first of them. `isFirst` is undefined until
 * that is known; `retryAll` repeats all that failed alike.
 */
export function useFault(error: unknown, retry: () => void): { isFirst: boolean | undefined; retryAll: () => void } {
  const faults = useContext(Scope);
  const cause = toCause(error);
  const latest = useRef(retry);
  latest.current = retry;
  const own = useRef<Fault | undefined>(undefined);
  useLayoutEffect(() => {
    const fault = { cause, retry: () => latest.current() };
    own.current = fault;
    faults.value = [...faults.peek(), fault];
    return () => {
      faults.value = faults.peek().filter((each) => each !== fault);
    };
  }, [cause]);
  const alike = faults.value.filter((each) => each.cause === cause);
  return {
    isFirst: alike.length === 0 ? undefined : alike[0] === own.current,
    retryAll: () => alike.map((each) => each.retry()),
  };
}
