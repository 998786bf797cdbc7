import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { hasClaims, toAbandonedClaims } from '../core/to-abandoned-claims';
import { type FailDeps, failHeld } from './fail-held';

/**
 * Fails the claims that no living process of their node works on:
 * - claims that a node did not return before its goodbye;
 * - claims that were still on their way when their node went offline or restarted, or that a crash of this service
 *   left;
 * - claims of a node or process without any heartbeat, after a whole timeout: they may be read before its first one.
 */
export async function failAbandonedOnce(
  { timeoutMs, ...deps }: FailDeps & { store: Pick<Store, 'nodes'>; timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const holders = await deps.store.subTasks.findHolders();
  const nodes = new Map(
    (await deps.store.nodes.findHolderNodes([...holders.keys()])).map((node) => [node.node_id, node]),
  );
  let failed = 0;
  for (const [node_id, instances] of holders) {
    const abandoned = toAbandonedClaims(nodes.get(node_id), timeoutMs, now);
    for (const claims of abandoned.filter((each) => hasClaims(each, instances))) {
      failed += (await failHeld(deps, { node_id, ...claims }, now)).failed;
    }
  }
  return { failed };
}
