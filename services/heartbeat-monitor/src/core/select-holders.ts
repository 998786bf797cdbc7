import type { Node } from '@cyberstroll/contracts';
import { isSilent } from '@cyberstroll/task-state';
import { isPresent } from './decide-claim';

/** What one process of a node holds; `instance_id` is null for claims that name no process. */
export interface Held {
  node_id: string;
  instance_id: string | null;
  count: number;
  first_deadline: Date;
}

export interface Selection {
  /** Nodes with claims that no living process of them may work on: all their claims are looked at. */
  suspect: string[];
  /** Nodes that live: of their claims those that are past their deadline, or without a report for long. */
  living: string[];
}

/** The nodes whose claims a check has to look at. `fleet` is every node that is not offline. */
export function selectHolders(
  held: readonly Held[],
  fleet: readonly Pick<Node, 'node_id' | 'instance_id' | 'status' | 'last_seen'>[],
  {
    lost,
    isListCheck,
    appliedUntil,
    timeoutMs,
  }: { lost: ReadonlySet<string>; isListCheck: boolean; appliedUntil: Date; timeoutMs: number },
  now: Date,
): Selection {
  const known = new Map(fleet.map((node) => [node.node_id, node]));
  const suspect = new Set<string>();
  const living = new Set<string>();
  for (const { node_id, instance_id, first_deadline } of held) {
    const node = known.get(node_id);
    if (!node || lost.has(node_id)) suspect.add(node_id);
    // The circuit breaker keeps its work.
    else if (isSilent(node, now, timeoutMs)) continue;
    else if (!isPresent(node, instance_id)) suspect.add(node_id);
    else if (isListCheck || first_deadline < appliedUntil) living.add(node_id);
  }
  return { suspect: [...suspect], living: [...living].filter((node_id) => !suspect.has(node_id)) };
}
