/**
 * Two processes under one node id: a heartbeat comes from a process that is not the node's present one (a rival).
 * Mostly it is the late last heartbeat of a process that was restarted. A rival that sends heartbeats for longer than
 * two intervals is alive.
 *
 * - Both are alive: the id is shared. The process whose heartbeats came first, without a long silence, is the node. A
 *   process that started later, or woke up later, is superseded: each of its heartbeats is answered with the message
 *   `superseded`, and it should end.
 * - The rival is alive and the present process is not: the rival is the node again.
 * - Nothing is reassigned from a living process, superseded or not.
 */
import type { Node, NodeStatus, Rival } from '@cyberstroll/contracts';
import { isSilent } from '@cyberstroll/task-state';

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

/** The changed fields of the node's document; with `instance_id` if this process is the node again. */
export type RivalChange = Pick<Node, 'rivals'> &
  Partial<Pick<Node, 'instance_id' | 'instance_since' | 'former_instances' | 'superseded_instances' | 'shared_time'>>;

export interface RivalDecision {
  change: RivalChange;
  /** Living processes that must end. */
  superseded: string[];
}

/** Share of the heartbeat timeout: two heartbeats. Late heartbeats come once, or within moments. */
const PROVEN_AFTER = 2 / 3;
/** The number of former processes that the document keeps. */
const MAX_REMEMBERED = 32;

export function resolveRival(
  node: RivalledNode,
  { instance_id, status }: { instance_id: string; status: NodeStatus },
  timeoutMs: number,
  now: Date,
): RivalDecision {
  const isFresh = ({ last_seen }: Rival) => now.getTime() - last_seen.getTime() <= timeoutMs;
  const fresh = (node.rivals ?? []).filter(isFresh);
  const others = fresh.filter((rival) => rival.instance_id !== instance_id);
  // It ends and holds nothing.
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
  // A process that was never the node becomes it by its heartbeat, when the present one is silent.
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
