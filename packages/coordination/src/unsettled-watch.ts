import type { SweepOptions } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

type AnySweep = Pick<SweepOptions, 'sweepOnce' | 'intervalMs'> & { idleMs?: number };

export type UnsettledWatch = ReturnType<typeof createUnsettledWatch>;

/** How long an answer is used while there are such tasks. */
const ASK_AGAIN_MS = 1_000;
/**
 * Between two passes of a sweep over such tasks while there are none. If the event of a new task is lost, the sweep is
 * late by one or two of them.
 */
const REST_MS = 5_000;
/** How long an answer is used then: a little less, so that each of these passes asks again. */
const ASK_RARELY_MS = REST_MS - 500;

/** All sweeps of a process share one question to MongoDB: whether there is an unsettled task. */
export function createUnsettledWatch({ tasks }: Pick<Store, 'tasks'>) {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let isAny = true;
  /** The time before the start is unknown. */
  let stirredAtMs = performance.now();
  let answer = Promise.resolve(true);

  function hasAny(): Promise<boolean> {
    if (performance.now() - askedAtMs < (isAny ? ASK_AGAIN_MS : ASK_RARELY_MS)) return answer;
    askedAtMs = performance.now();
    answer = tasks.hasUnsettled();
    answer.then(
      (given) => {
        isAny = given;
        if (given) stirredAtMs = performance.now();
      },
      () => {
        askedAtMs = Number.NEGATIVE_INFINITY;
      },
    );
    return answer;
  }

  return {
    /** Whether a task is open, or has ended and has open subtasks. */
    hasAny,
    /** Milliseconds since there was one, or a task changed, as far as is known. */
    toQuietMs: (): number => performance.now() - stirredAtMs,
    /** Lets a sweep look at such tasks alone: while every task is settled, its passes do nothing, and are fewer. */
    overUnsettled: <Sweep extends AnySweep>(sweep: Sweep) => ({
      ...sweep,
      idleMs: () => (isAny ? (sweep.idleMs ?? sweep.intervalMs) : REST_MS),
      sweepOnce: async (now: Date) => ((await hasAny()) ? sweep.sweepOnce(now) : undefined),
    }),
    /** A task may have changed: MongoDB is asked at the next pass. */
    noteChange(): void {
      stirredAtMs = performance.now();
      askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
