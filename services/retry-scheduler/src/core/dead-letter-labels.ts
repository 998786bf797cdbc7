import { EXCHANGES, isReasonCode, QUEUES, toReplayTarget } from '@cyberstroll/contracts';

export interface DeadLetterLabels {
  reason: string;
  /** The queue that it came from; all queues of jobs are one, and `other` is what strangers send. */
  origin: string;
}

const MAX_REASONS = 40;
const KNOWN_ORIGINS: ReadonlySet<string> = new Set([QUEUES.stateUpdates.name, QUEUES.heartbeats.name]);

/** Labels of which there are few, whatever anybody writes into a dead letter: beyond so many reasons every new one is `other`. */
export function createDeadLetterLabels(
  maxReasons = MAX_REASONS,
): (deadLetter: { reason: string; queue: string }) => DeadLetterLabels {
  const reasons = new Set<string>();
  return ({ reason, queue }) => {
    if (isReasonCode(reason) && reasons.size < maxReasons) reasons.add(reason);
    return { reason: reasons.has(reason) ? reason : 'other', origin: toOrigin(queue) };
  };
}

function toOrigin(queue: string): string {
  if (KNOWN_ORIGINS.has(queue)) return queue;
  return toReplayTarget(queue)?.exchange === EXCHANGES.jobs.name ? EXCHANGES.jobs.name : 'other';
}
