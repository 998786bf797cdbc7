import { ApiError } from '@cyberstroll/client';
import { type ReadonlySignal, type Signal, signal, useSignal } from '@preact/signals';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { type Data, isMissing } from '../api/use-data';
import { now } from '../browser/clock';
import { path } from '../browser/navigation';
import { nameFault } from './in-words';
import { t } from './texts';
import { formatDuration } from './time';

export const toDetail = (error: unknown): string =>
  error instanceof ApiError ? nameFault(error) : error instanceof TypeError ? t('gone') : String(error);

/** The same request would be refused again. */
const isRefused = (error: unknown): boolean => error instanceof ApiError && [400, 422].includes(error.status);

/** That there is nothing; or that nobody knows, where the last read failed or is old. */
export const Empty = ({ children, isSmall }: { children: ComponentChildren; isSmall?: boolean }) => (
  <p class={isSmall ? 'weak' : 'empty'}>{useContext(IsUncertain) ? t('unknown_now') : children}</p>
);

export const Skeleton = () => (
  <div class="skeleton" aria-busy="true">
    <span class="visually-hidden">{t('loading')}</span>
  </div>
);

interface ErrorNoticeProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** What stands here while another part of the page says the same. */
  instead?: ComponentChildren;
}

export function ErrorNotice({ error, onRetry, instead = null }: ErrorNoticeProps) {
  const { isFirst, retryAll } = useFault(error, onRetry ?? (() => undefined));
  if (!isFirst) return <>{isFirst === false && instead}</>;
  return (
    <p class="error" role="alert">
      {t('failed', { detail: toDetail(error) })}{' '}
      {onRetry && !isRefused(error) && (
        <button type="button" onClick={retryAll}>
          {t('again')}
        </button>
      )}
    </p>
  );
}

/** Instead of what does not exist. `wasThere`: the reader has seen it. */
const Missing = ({ wasThere }: { wasThere: boolean }) => (
  <div class="empty" role="status">
    <p>{t(wasThere ? 'was_deleted' : 'missing')}</p>
    <a href={path.value.replace(/(.)\/.*/, '$1')}>{t('to_list')}</a>
  </div>
);

/** Shows data once it is read. A later read that fails leaves it there, with its age, under what went wrong. */
export function Loaded<Value>({
  data,
  children,
}: {
  data: Data<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  const { value, error, oldSince, reload } = data;
  if (isMissing(error)) return <Missing wasThere={value !== undefined} />;
  return (
    <>
      {error && (
        <ErrorNotice
          error={error}
          onRetry={reload}
          instead={value === undefined && <p class="empty">{t('unknown_now')}</p>}
        />
      )}
      {value !== undefined ? (
        <Panel of={[oldSince]} isUncertain={error !== undefined}>
          {children(value)}
        </Panel>
      ) : (
        !error && <Skeleton />
      )}
    </>
  );
}

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
function useFault(error: unknown, retry: () => void): { isFirst: boolean | undefined; retryAll: () => void } {
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
