import type { Sender, SubTaskUpdate } from '@cyberstroll/contracts';
import { isHeldSubTask } from '@cyberstroll/state-machine';
import { isExcludedUpdate } from '@cyberstroll/task-state';

/**
 * Leases under which a node may still work in vain. Either a service has ended the attempt, or the node reports work
 * under a lease that the fence refused, because another node has the attempt or the next attempt has begun, or because
 * an exclusion has cancelled the subtask. Other cancelled subtasks are left out: their task has ended, and one control
 * message says so.
 */
export function findLostLeases(
  updates: readonly { sender: Sender; update: SubTaskUpdate }[],
  results: readonly { outcome: string }[],
): string[] {
  const lost = new Set<string>();
  updates.forEach(({ sender, update }, i) => {
    const { status, lease_id } = update;
    const { outcome } = results[i]!;
    const isLost =
      sender.operator === undefined
        ? outcome === 'stale' && isHeldSubTask(status)
        : outcome === 'applied' && (ENDED.has(status) || isExcludedUpdate(update));
    if (isLost && lease_id !== undefined) lost.add(lease_id);
  });
  return [...lost];
}

const ENDED: ReadonlySet<SubTaskUpdate['status']> = new Set(['FAILED', 'TIMEOUT']);
