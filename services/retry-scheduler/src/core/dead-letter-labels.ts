import { EXCHANGES, isReasonCode, QUEUES } from '@cyberstroll/contracts';
import { toReplayTarget } from './replay-target';

export interface DeadLetterLabels {
  reason: string;
  /** The queue that it came from. All job queues have one label; messages of unknown senders have `other`. */
  origin: string;
}

const MAX_REASONS = 40;

/**
 * A bounded number of labels, whatever a dead letter contains: after `maxReasons` reasons each new one becomes `other`.
 */
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
  if (queue === QUEUES.stateUpdates.name || queue === QUEUES.heartbeats.name) return queue;
  return toReplayTarget(queue)?.exchange === EXCHANGES.jobs.name ? EXCHANGES.jobs.name : 'other';
}
