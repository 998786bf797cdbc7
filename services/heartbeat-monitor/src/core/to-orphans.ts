import type { Node, TakenCause } from '@cyberstroll/contracts';

/**
 * A goodbye does not come by the way of the reports before it, which hand back all that the node held: they may be with an
 * updater that is slow, or stops. So nothing is taken for lost sooner.
 */
const LAST_REPORTS_MS = 5_000;

/** Which of a node's claims nobody works on any more. */
export interface Orphans {
  exceptInstance?: string;
  updatedBefore?: Date;
  reason: TakenCause;
}

/** `node`: as it is known, if it was ever heard. Undefined where all that it holds may be in good hands. */
export function toOrphans(
  node: Pick<Node, 'status' | 'instance_id' | 'last_seen' | 'said_goodbye'> | undefined,
  timeoutMs: number,
  now: Date,
): Orphans | undefined {
  const updatedBefore = new Date(now.getTime() - timeoutMs);
  if (!node) return { updatedBefore, reason: 'unheard' };
  if (node.status !== 'offline') return { exceptInstance: node.instance_id, updatedBefore, reason: 'restarted' };
  if (!node.said_goodbye) return { reason: 'offline' };
  return now.getTime() - node.last_seen.getTime() < LAST_REPORTS_MS ? undefined : { reason: 'left' };
}
