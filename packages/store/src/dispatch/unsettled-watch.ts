import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '../store';

type SweepOnce = (now: Date) => Promise<Counts | undefined>;

export type UnsettledWatch = ReturnType<typeof createUnsettledWatch>;

/** How long an answer is used while there are such tasks. */
const ASK_AGAIN_MS = 1_000;
/** The same while there are none: the longest that sweeps over a new task are late if its event is lost. */
const ASK_IDLE_MS = 4_000;

/** All sweeps of a process share one question to MongoDB: whether there is an unsettled task. */
export function createUnsettledWatch({ tasks }: Pick<Store, 'tasks'>) {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let isAny = true;
  /** The time before the start is unknown. */
  let stirredAtMs = performance.now();
  let answer = Promise.resolve(true);

  function hasAny(): Promise<boolean> {
    if (performance.now() - askedAtMs < (isAny ? ASK_AGAIN_MS : ASK_IDLE_MS)) return answer;
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
    /** For a sweep that looks at such tasks alone: its passes do nothing while every task is settled. */
    whileAny:
      (sweepOnce: SweepOnce): SweepOnce =>
      async (now) =>
        (await hasAny()) ? sweepOnce(now) : undefined,
    /** A task may have changed: MongoDB is asked at the next pass. */
    noteChange(): void {
      stirredAtMs = performance.now();
      askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
