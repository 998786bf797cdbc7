import type { Counts } from '@cyberstroll/runtime';
import { type FailDeps, failHeld } from './fail-held';

/**
 * What slipped in behind a loss: a claim that was still on its way when its node went offline or was started anew, or
 * that a crash of ours left; and what is held by a node, or a process of it, that was not heard for as long as silence may
 * last: its claims may be read before its first heartbeat. No node may be shown holding what its present process does not.
 */
export async function failOrphansOnce(
  { timeoutMs, ...deps }: FailDeps & { timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const nodes = new Map((await deps.store.waiting.findFleet()).map((node) => [node.node_id, node]));
  const updatedBefore = new Date(now.getTime() - timeoutMs);
  let failed = 0;
  for (const node_id of await deps.store.subTasks.findHolders()) {
    const node = nodes.get(node_id);
    const held = !node
      ? ({ node_id, updatedBefore, reason: 'unheard' } as const)
      : node.status === 'offline'
        ? ({ node_id, reason: 'offline' } as const)
        : ({ node_id, exceptInstance: node.instance_id, updatedBefore, reason: 'restarted' } as const);
    failed += (await failHeld(deps, held, now)).failed;
  }
  return { failed };
}
