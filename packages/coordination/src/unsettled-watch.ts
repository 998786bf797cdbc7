import type { Store } from '@cyberstroll/store';

export type UnsettledWatch = ReturnType<typeof createUnsettledWatch>;

/** How long an answer is used. */
const KEEP_MS = 1_000;

/** All sweeps of a process share one question to MongoDB: whether there is an unsettled task. */
export function createUnsettledWatch({ tasks }: Pick<Store, 'tasks'>) {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let answer = Promise.resolve(true);

  function hasAny(): Promise<boolean> {
    if (performance.now() - askedAtMs < KEEP_MS) return answer;
    askedAtMs = performance.now();
    answer = tasks.hasUnsettled();
    answer.catch(() => {
      askedAtMs = Number.NEGATIVE_INFINITY;
    });
    return answer;
  }

  return {
    /** Whether a task is open, or has ended and has open subtasks. */
    hasAny,
    /** A task may have changed: MongoDB is asked at the next pass. */
    noteChange(): void {
      askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
