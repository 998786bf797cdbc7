/**
 * Zombies: what a node holds by the database, and no heartbeat of it has listed for a while. Nodes list all they hold, what
 * they have finished and not seen confirmed too, so such work was forgotten. Told by the monitor's clock alone:
 * from the look at which a claim was first found missing, to a heartbeat that was heard `graceMs` later.
 */
import { MAX_CURRENT_TASKS, type Node, type SubTask } from '@cyberstroll/contracts';
import { isPresent } from './find-process';

/** When each claim was first found missing. */
export type Missing = ReadonlyMap<string, Date>;

type HeldClaim = Pick<SubTask, 'subtask_id' | 'lease_id' | 'assigned_instance'>;

export interface ZombieFinding<Held> {
  /** To remember until the next look: claims that are listed again, or held no more, are not in it. */
  missing: Map<string, Date>;
  zombies: Held[];
}

/** One look at one node; `held` is what its present process holds by the database. */
export function findZombies<Held extends HeldClaim>(
  node: Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'current_tasks'>,
  held: readonly Held[],
  before: Missing,
  { graceMs }: { graceMs: number },
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
    if (last_seen.getTime() - since.getTime() >= graceMs) zombies.push(claim);
  }
  return { missing, zombies };
}
