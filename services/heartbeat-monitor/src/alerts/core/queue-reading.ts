import { QUEUES } from '@cyberstroll/contracts';
import type { AlertLimits, AlertReading } from './alert-reading';

/**
 * Messages that wait in `cs.state.updates` or a pool's job queue. Of updates also how long they wait, as those that an updater
 * holds are no longer in the queue: what is closer to its limit counts. `lagSeconds` is that of `cs.state.updates`.
 */
export function toQueueReading(
  { queue, depth, lagSeconds = 0 }: { queue: string; depth: number; lagSeconds?: number | undefined },
  { updates, jobs, lag, forMs }: AlertLimits['backlog'],
): AlertReading {
  const common = { rule: 'queue_backlog' as const, subject: queue, forMs };
  const isOfUpdates = queue === QUEUES.stateUpdates.name;
  if (isOfUpdates && lagSeconds / lag > depth / updates) {
    const summary = `updates in ${queue} have waited for ${Math.round(lagSeconds)} s`;
    return { ...common, value: lagSeconds, threshold: lag, summary };
  }
  const summary = `${depth} messages wait in ${queue}`;
  return { ...common, value: depth, threshold: isOfUpdates ? updates : jobs, summary };
}
