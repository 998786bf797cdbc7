/**
 * `call`, shared by callers that ask at the same time. While one call is running, all new callers wait for the next
 * call and share its result. So each caller gets the result of a call that began after it asked, and at most two calls
 * are pending.
 */
export function createSharedCall<Result>(call: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      const result = call();
      running = result.catch(() => undefined);
      return result;
    });
    return next;
  };
}
