import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toAbandonedClaims } from '../core/to-abandoned-claims';
import { type FailDeps, failHeld } from './fail-held';

/**
 * Fails the claims that no living process of their node works on:
 * - claims that a node did not return before its goodbye;
 * - claims that were still on their way when their node went offline or restarted, or that a crash of this service
 *   left;
 * - claims of a node or process that was never heard, after a whole timeout: they may be read before its first
 *   heartbeat.
 */
export async function failAbandonedOnce(
  { timeoutMs, ...deps }: FailDeps & { store: Pick<Store, 'waiting'>; timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const nodes = new Map((await deps.store.waiting.findFleet()).map((node) => [node.node_id, node]));
  let failed = 0;
  for (const node_id of await deps.store.subTasks.findHolders()) {
    for (const claims of toAbandonedClaims(nodes.get(node_id), timeoutMs, now)) {
      failed += (await failHeld(deps, { node_id, ...claims }, now)).failed;
    }
  }
  return { failed };
}
