import { findLivingRivals, type Node, type ReassignCause } from '@cyberstroll/contracts';
import { isPlain } from './find-process';

/**
 * A goodbye, or the first heartbeat of the next process, does not come by the way of the reports before it: they may be with an updater
 * that is slow, or stops. So nothing is taken for lost sooner.
 */
const LAST_REPORTS_MS = 5_000;

/** Which of a node's claims nobody works on any more: as the store is asked for them. */
export interface Orphans {
  /** Only what these processes of the node hold. */
  instances?: readonly string[];
  /** Only what none of these processes holds; null: what does not say which process does. */
  exceptInstances?: readonly (string | null)[];
  /** Only what nothing was reported of since. */
  updatedBefore?: Date;
  reason: ReassignCause;
}

export type OrphaningNode = Pick<
  Node,
  'node_id' | 'status' | 'instance_id' | 'last_seen' | 'said_goodbye' | 'former_instances' | 'rivals'
>;

/** `node`: as it is known, if it was ever heard. Of a living process nothing is taken, be it the node's present one or not. */
export function toOrphans(node: OrphaningNode | undefined, timeoutMs: number, now: Date): Orphans[] {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  if (!node) return [{ updatedBefore: ago(timeoutMs), reason: 'unheard' }];
  const { status, instance_id, last_seen, said_goodbye, former_instances = [] } = node;
  const living = findLivingRivals(node, now, timeoutMs);
  if (status !== 'offline') {
    if (isPlain(node)) return [];
    const former = former_instances.filter((each) => !living.includes(each));
    // Of a process that is neither: it may be about to send its first heartbeat.
    const known = [null, instance_id, ...former_instances, ...living];
    return [
      { instances: former, updatedBefore: ago(LAST_REPORTS_MS), reason: 'restarted' },
      { exceptInstances: known, updatedBefore: ago(timeoutMs), reason: 'restarted' },
    ];
  }
  if (!said_goodbye) return [{ exceptInstances: living, reason: 'offline' }];
  return last_seen > ago(LAST_REPORTS_MS) ? [] : [{ exceptInstances: living, reason: 'left' }];
}
