/**
 * `call`, shared by those who ask at the same time: while one is under way, all who come wait for the next and share
 * that. So each is answered by a call that began after it asked, and never more than two are held.
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
