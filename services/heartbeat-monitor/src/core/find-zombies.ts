/**
 * Zombies: subtasks that a node holds according to the database, and that no heartbeat of the node has listed for a
 * while. A node lists everything it holds, also finished scans whose reports are not confirmed, so it no longer knows
 * of a zombie. Only the monitor's clock counts: from the check that first found the claim missing, to a heartbeat that
 * arrives `graceMs` later.
 */
import { MAX_CURRENT_TASKS, type Node, type SubTask } from '@cyberstroll/contracts';
import { isPresent } from './find-process';

/** When each claim was first found missing. */
export type Missing = ReadonlyMap<string, Date>;

type HeldClaim = Pick<SubTask, 'subtask_id' | 'lease_id' | 'assigned_instance'>;

export interface ZombieFinding<Held> {
  /** Input of the next check. It has no claims that are listed again or no longer held. */
  missing: Map<string, Date>;
  zombies: Held[];
}

/** One check of one node. `held` is what its present process holds according to the database. */
export function findZombies<Held extends HeldClaim>(
  node: Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'current_tasks'>,
  held: readonly Held[],
  before: Missing,
  { graceMs, appliedUntil }: { graceMs: number; appliedUntil: Date },
  now: Date,
): ZombieFinding<Held> {
  const missing = new Map<string, Date>();
  const zombies: Held[] = [];
  const { last_seen, current_tasks } = node;
  if (current_tasks.length >= MAX_CURRENT_TASKS) return { missing, zombies };
  const listed = new Set(current_tasks.map(({ subtask_id }) => subtask_id));
  for (const claim of held) {
    if (listed.has(claim.subtask_id) || !isPresent(node, claim.assigned_instance)) continue;
    const key = `${claim.subtask_id} ${claim.lease_id}`;
    const since = before.get(key) ?? now;
    missing.set(key, since);
    const isApplied = since <= appliedUntil;
    if (isApplied && last_seen.getTime() - since.getTime() >= graceMs) zombies.push(claim);
  }
  return { missing, zombies };
}
