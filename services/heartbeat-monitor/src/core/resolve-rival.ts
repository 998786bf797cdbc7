/**
 * Two processes under one node id. A heartbeat comes from a process that is not the node's present one: mostly it is the last one of a
 * process that was restarted, and came late. Where it goes on for longer than two heartbeats, that process lives.
 *
 * - It lives beside the present one: the id is shared. Who was heard first, and without a long silence, is the node. Whoever came later,
 *   or woke up later, is superseded: it is told to end each time that it is heard.
 * - It lives and the present one does not: it is the node again.
 * - What a living process holds is taken by nobody, superseded or not.
 */
import { isSilent, type Node, type NodeStatus, type Rival } from '@cyberstroll/contracts';

export type RivalledNode = Pick<
  Node,
  | 'instance_id'
  | 'instance_since'
  | 'status'
  | 'last_seen'
  | 'former_instances'
  | 'rivals'
  | 'superseded_instances'
  | 'shared_time'
>;

/** What of the node's document changes; `instance_id` where this process is the node again. */
export type RivalChange = Pick<Node, 'rivals'> &
  Partial<Pick<Node, 'instance_id' | 'instance_since' | 'former_instances' | 'superseded_instances' | 'shared_time'>>;

export interface RivalVerdict {
  change: RivalChange;
  /** Living processes that are to be told to end. */
  superseded: string[];
}

/** Of the heartbeat timeout: two heartbeats. One that comes late is heard once, or within moments. */
const PROVEN_AFTER = 2 / 3;
/** As many former processes are remembered. */
const MAX_REMEMBERED = 32;

export function judgeRival(
  node: RivalledNode,
  { instance_id, status }: { instance_id: string; status: NodeStatus },
  timeoutMs: number,
  now: Date,
): RivalVerdict {
  const isFresh = ({ last_seen }: Rival) => now.getTime() - last_seen.getTime() <= timeoutMs;
  const fresh = (node.rivals ?? []).filter(isFresh);
  const others = fresh.filter((rival) => rival.instance_id !== instance_id);
  // It ends, and holds nothing any more.
  if (status === 'offline') return { change: { rivals: others }, superseded: [] };

  const since = fresh.find((rival) => rival.instance_id === instance_id)?.since ?? now;
  const rivals = [...others, { instance_id, since, last_seen: now }];
  if (now.getTime() - since.getTime() < timeoutMs * PROVEN_AFTER) return { change: { rivals }, superseded: [] };

  const { former_instances: former = [], superseded_instances: superseded = [] } = node;
  const isPresentAlive = !isSilent(node, now, timeoutMs) && node.last_seen >= since;
  const place = former.indexOf(instance_id);
  const cameMs = since.getTime() - (node.instance_since ?? since).getTime();
  const isLater = place < 0 || superseded.includes(instance_id) || cameMs > timeoutMs;
  if (isPresentAlive && isLater) {
    const change = {
      rivals,
      former_instances: remember(former, [instance_id]),
      superseded_instances: remember(superseded, [instance_id]),
      shared_time: now,
    };
    return { change, superseded: [instance_id] };
  }
  // One that was never followed becomes the node by its heartbeat, once the present one is silent.
  if (place < 0) return { change: { rivals }, superseded: [] };

  const later = [...former.slice(place + 1), node.instance_id];
  const restored = {
    instance_id,
    instance_since: since,
    former_instances: remember(former.slice(0, place), later),
    superseded_instances: remember(
      superseded.filter((each) => each !== instance_id),
      later,
    ),
  };
  if (!isPresentAlive) return { change: { ...restored, rivals: others }, superseded: [] };
  const change = {
    ...restored,
    rivals: [...others, { instance_id: node.instance_id, since: now, last_seen: node.last_seen }],
    shared_time: now,
  };
  const living = new Set(change.rivals.map((rival) => rival.instance_id));
  return { change, superseded: later.filter((each) => living.has(each)) };
}

const remember = (some: readonly string[], more: readonly string[]): string[] =>
  [...some.filter((each) => !more.includes(each)), ...more].slice(-MAX_REMEMBERED);
