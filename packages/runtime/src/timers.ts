import { setImmediate } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/**
 * `promise`, or a rejection with `toError()` if it has not settled within `ms`. A later result of `promise` is
 * ignored.
 */
export function within<Result>(promise: Promise<Result>, ms: number, toError: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toError()), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Does work in slices: between two of them everything else has its turn. */
export async function inTurns<Result>(work: Generator<void, Result, void>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await setImmediate();
  }
}

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** From here on the time does not abort the signal. */
  clear(): void;
}

/**
 * A signal that aborts with any of `signals`, and after `ms` with a TimeoutError. It keeps no process alive. It is not
 * `AbortSignal.any` of an `AbortSignal.timeout`: Node 20 holds the parts of such a signal weakly, and a time-out that
 * is collected never comes.
 */
export function startTimeLimit(ms: number, ...signals: AbortSignal[]): TimeLimit {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError')), ms);
  timer.unref();
  return { signal: AbortSignal.any([late.signal, ...signals]), clear: () => clearTimeout(timer) };
}

export interface BackoffOptions {
  baseMs: number;
  capMs: number;
}

/**
 * The wait before retry number `attempt` (from 1): exponential from `baseMs`, capped, with full jitter, so anywhere in
 * [0, min(cap, base·2^(attempt−1))]. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffOptions, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1)));
}
