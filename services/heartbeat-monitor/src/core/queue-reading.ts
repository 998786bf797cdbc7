import { QUEUES } from '@cyberstroll/contracts';
import type { AlertLimits, AlertReading } from './alert-reading';

/** Messages that wait in `cs.state.updates` or a pool's job queue. */
export const toQueueReading = (
  { queue, depth }: { queue: string; depth: number },
  { updates, jobs, forMs }: AlertLimits['backlog'],
): AlertReading => ({
  rule: 'queue_backlog',
  subject: queue,
  value: depth,
  threshold: queue === QUEUES.stateUpdates.name ? updates : jobs,
  forMs,
  summary: `${depth} messages wait in ${queue}`,
});
