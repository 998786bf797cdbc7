import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface SharedCallOptions {
  /** Who asks within this many milliseconds after an answer gets the same one. */
  keepMs?: number;
  /** The next call begins this many milliseconds after a call that still runs. By default it waits for its end. */
  waitMs?: number;
}

/**
 * `call`, shared by callers that ask at the same time. It begins in the next turn of the event loop: one for all that
 * ask in this turn. While one call is running, all new callers wait for the next call and share its result. So each
 * caller gets the result of a call that began after it asked, and at most two calls are pending. After `drop`, nothing
 * that is kept or being read answers a caller.
 */
export function createSharedCall<Result>(
  call: () => Promise<Result>,
  { keepMs = 0, waitMs }: SharedCallOptions = {},
): (() => Promise<Result>) & { drop(): void } {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | undefined;
  let kept: { result: Result; untilMs: number } | undefined;
  let round = 0;
  async function begin(): Promise<Result> {
    await running;
    await nextTurn();
    next = undefined;
    const result = call();
    const before = round;
    const keep = (known: Result) => {
      if (keepMs > 0 && round === before) kept = { result: known, untilMs: performance.now() + keepMs };
    };
    const ended = result.then(keep, () => undefined);
    running = waitMs === undefined ? ended : Promise.race([ended, delay(waitMs, undefined, { ref: false })]);
    return result;
  }
  async function ask(): Promise<Result> {
    if (kept && performance.now() < kept.untilMs) return kept.result;
    next ??= begin();
    return next;
  }
  const drop = () => {
    kept = undefined;
    round += 1;
  };
  return Object.assign(ask, { drop });
}

/**
 * Calls that are shared by key, as by `createSharedCall`. All callers of a key must mean the same: one of their calls
 * answers all. A key is dropped when none waits for it.
 */
export function createSharedCalls<Result>(
  options?: SharedCallOptions,
): (key: string, call: () => Promise<Result>) => Promise<Result> {
  const byKey = new Map<string, { ask: () => Promise<Result>; waiting: number }>();
  return async (key, call) => {
    const shared = byKey.get(key) ?? { ask: createSharedCall(call, options), waiting: 0 };
    byKey.set(key, shared);
    shared.waiting += 1;
    try {
      return await shared.ask();
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) byKey.delete(key);
    }
  };
}

/**
 * `read`, by many keys at once, shared by callers that ask for one key each at the same time. While a read is under
 * way, the keys that are asked for wait for the next one. So each caller gets what was read after it asked, and there
 * is one read at a time, however many ask. A read has `limit` keys at most; the others wait for the next one.
 * `undefined` for a key that was not found.
 */
export function createSharedRead<Found>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
  limit = Number.POSITIVE_INFINITY,
): (key: string) => Promise<Found | undefined> {
  const asked = new Set<string>();
  const readAsked = createSharedCall(async () => {
    const keys = [...asked].slice(0, limit);
    for (const key of keys) asked.delete(key);
    return { keys: new Set(keys), found: await read(keys) };
  });
  return async (key) => {
    asked.add(key);
    for (;;) {
      const { keys, found } = await readAsked();
      if (keys.has(key)) return found.get(key);
    }
  };
}
