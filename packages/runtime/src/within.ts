/** `promise`, or a rejection with `toError()` where it has not settled within `ms`; what it does later is nobody's matter. */
export function within<Result>(promise: Promise<Result>, ms: number, toError: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toError()), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
