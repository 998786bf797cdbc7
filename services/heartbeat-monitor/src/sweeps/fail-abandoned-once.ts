import type { Counts } from '@cyberstroll/runtime';
import { toOrphans } from '../core/to-abandoned-claims';
import { type FailDeps, failHeld } from './fail-held';

/**
 * What a node that said goodbye has left without a word; what slipped in behind a loss: a claim that was still on its way
 * when its node went offline or was started anew, or that a crash of ours left; and what is held by a node, or a process
 * of it, that was not heard for as long as silence may last: its claims may be read before its first heartbeat. No node
 * may be shown holding what none of its living processes does.
 */
export async function failOrphansOnce(
  { timeoutMs, ...deps }: FailDeps & { timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const nodes = new Map((await deps.store.waiting.findFleet()).map((node) => [node.node_id, node]));
  let failed = 0;
  for (const node_id of await deps.store.subTasks.findHolders()) {
    for (const orphans of toOrphans(nodes.get(node_id), timeoutMs, now)) {
      failed += (await failHeld(deps, { node_id, ...orphans }, now)).failed;
    }
  }
  return { failed };
}
