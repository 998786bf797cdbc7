import type { Node, ReassignCause } from '@cyberstroll/contracts';
import { findLivingRivals } from '@cyberstroll/task-state';
import { isPlain } from './find-process';

/**
 * The last reports of a process may arrive after its goodbye, or after the first heartbeat of the next process: they
 * take another way, and an updater may be slow or stop. So its claims are not abandoned before this time.
 */
const LAST_REPORTS_MS = 5_000;

/** A query for claims of a node that none of its living processes works on. */
export interface AbandonedClaims {
  /** Only claims of these processes. */
  instances?: readonly string[];
  /** Only claims of none of these processes; null excludes claims that name no process. */
  exceptInstances?: readonly (string | null)[];
  /** Only claims without a report since this time. */
  updatedBefore?: Date;
  reason: ReassignCause;
}

/** Whether a node holds such claims, if these processes of it hold something; null stands for no process. */
export const hasClaims = (
  { instances, exceptInstances = [] }: AbandonedClaims,
  holding: readonly (string | null)[],
): boolean =>
  holding.some(
    (each) =>
      !exceptInstances.includes(each) && (instances === undefined || (each !== null && instances.includes(each))),
  );

export type HolderNode = Pick<
  Node,
  'node_id' | 'status' | 'instance_id' | 'last_seen' | 'said_goodbye' | 'former_instances' | 'rivals'
>;

/**
 * The abandoned claims of a node. `node` is undefined if the node never sent a heartbeat. Claims of a living process
 * are never abandoned, whether it is the node's present process or a rival.
 */
export function toAbandonedClaims(node: HolderNode | undefined, timeoutMs: number, now: Date): AbandonedClaims[] {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  if (!node) return [{ updatedBefore: ago(timeoutMs), reason: 'unheard' }];
  const { status, instance_id, last_seen, said_goodbye, former_instances = [] } = node;
  const living = findLivingRivals(node, now, timeoutMs);
  if (status !== 'offline') {
    if (isPlain(node)) return [];
    const former = former_instances.filter((each) => !living.includes(each));
    // An unknown process may be about to send its first heartbeat, so its claims get a whole timeout.
    const known = [null, instance_id, ...former_instances, ...living];
    return [
      { instances: former, updatedBefore: ago(LAST_REPORTS_MS), reason: 'restarted' },
      { exceptInstances: known, updatedBefore: ago(timeoutMs), reason: 'restarted' },
    ];
  }
  if (!said_goodbye) return [{ exceptInstances: living, reason: 'offline' }];
  return last_seen > ago(LAST_REPORTS_MS) ? [] : [{ exceptInstances: living, reason: 'left' }];
}
