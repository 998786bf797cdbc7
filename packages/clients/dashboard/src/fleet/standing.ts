import type { Node } from '@cyberstroll/client';
import type { NodeStanding } from '../states/states';

/** Three heartbeats; as long as the server waits until it counts a node as silent, in milliseconds. */
const SILENT_AFTER = 15_000;
/** Nobody misses it any more. */
const GONE_AFTER = 86_400_000;

type Heard = Pick<Node, 'status' | 'last_seen' | 'said_goodbye'>;

/** How a node stands: by its last report, unless its heartbeats are missing. `now`: the server's time. */
export function toStanding({ status, last_seen, said_goodbye }: Heard, now: number): NodeStanding {
  const silence = now - Date.parse(last_seen);
  if (status !== 'offline' && silence <= SILENT_AFTER) return status;
  return said_goodbye || silence >= GONE_AFTER ? 'offline' : 'silent';
}

/** The slots that a node uses. What waits on it for a slot is not counted, although the node lists it. */
export const usedSlots = ({ capacity, current_task_count }: Pick<Node, 'capacity' | 'current_task_count'>): number =>
  Math.min(capacity, current_task_count);

export const toNodePath = (nodeId: string): string => `/fleet/nodes/${encodeURIComponent(nodeId)}`;
