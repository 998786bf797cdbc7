/**
 * `call`, shared by callers that ask at the same time. While one call is running, all new callers wait for the next
 * call and share its result. So each caller gets the result of a call that began after it asked, and at most two calls
 * are pending. `keepMs`: who asks within this many milliseconds after an answer gets the same one.
 */
export function createSharedCall<Result>(call: () => Promise<Result>, keepMs = 0): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | undefined;
  let kept: { result: Result; untilMs: number } | undefined;
  const keep = (result: Result) => {
    if (keepMs > 0) kept = { result, untilMs: performance.now() + keepMs };
  };
  return async () => {
    if (kept && performance.now() < kept.untilMs) return kept.result;
    next ??= running.then(() => {
      next = undefined;
      const result = call();
      running = result.then(keep, () => undefined);
      return result;
    });
    return next;
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
