import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '../store';

type SweepOnce = (now: Date) => Promise<Counts | undefined>;

/** How long an answer is used, and the longest that sweeps over a new task are late. */
const ASK_AGAIN_MS = 1_000;

/**
 * For sweeps that look at open subtasks alone: their passes do nothing while every task is settled. All sweeps of a
 * process share one question to MongoDB a second.
 */
export function createWhileUnsettled({ tasks }: Pick<Store, 'tasks'>): (sweepOnce: SweepOnce) => SweepOnce {
  let askAtMs = Number.NEGATIVE_INFINITY;
  let answer = Promise.resolve(true);

  function hasUnsettled(): Promise<boolean> {
    if (performance.now() < askAtMs) return answer;
    askAtMs = performance.now() + ASK_AGAIN_MS;
    answer = tasks.hasUnsettled();
    answer.catch(() => {
      askAtMs = Number.NEGATIVE_INFINITY;
    });
    return answer;
  }

  return (sweepOnce) => async (now) => ((await hasUnsettled()) ? sweepOnce(now) : undefined);
}
