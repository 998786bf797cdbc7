import type { Sender, SubTaskUpdate } from '@cyberstroll/contracts';
import { isHeldSubTask } from '@cyberstroll/state-machine';

/**
 * Leases under which a node may still be at work in vain: those that a service has ended over its head, and those under which
 * it says to be at work where the fence has shut it out: another node has the attempt, or the next one has begun. What is cancelled is
 * left out: its task has ended, which nodes hear in one word.
 */
export function findLostLeases(
  updates: readonly { sender: Sender; update: SubTaskUpdate }[],
  results: readonly { outcome: string }[],
): string[] {
  const lost = updates.flatMap(({ sender, update: { status, lease_id } }, i) => {
    const isTaken = sender.operator !== undefined && results[i]!.outcome === 'applied' && ENDED.has(status);
    const isShutOut = sender.operator === undefined && results[i]!.outcome === 'stale' && isHeldSubTask(status);
    return lease_id !== undefined && (isTaken || isShutOut) ? [lease_id] : [];
  });
  return [...new Set(lost)];
}

const ENDED: ReadonlySet<SubTaskUpdate['status']> = new Set(['FAILED', 'TIMEOUT']);
