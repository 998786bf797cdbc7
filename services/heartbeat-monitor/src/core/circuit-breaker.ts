/**
 * The circuit breaker of the fleet. It keeps the monitor from reassigning work when the fault is probably not the
 * nodes'. It has two parts.
 *
 * 1. The links of this replica. Silence says something about a node only while this replica can receive its
 *    heartbeats. A replica that lost its connection to RabbitMQ or MongoDB, did not consume heartbeats, or stalled,
 *    waits one whole heartbeat timeout before it declares any node silent.
 * 2. Mass silence. When the nodes that hold most of the fleet's work fall silent together, a broken network is more
 *    likely than the death of all of them. To reassign their work would load the other nodes with scans that are still
 *    running. So these nodes keep their work until they send heartbeats again, or until the silence lasts for
 *    `holdMs`: then they are certainly gone.
 *    - A node weighs as much as the number of subtasks it holds. An idle fleet has nothing to reassign.
 *    - A node id with heartbeats for less than four timeouts (a minute) has no weight and does not count: it may be a
 *      trial, or a node that crashes again and again and takes a new id each time. So a fleet that just starts is
 *      not protected.
 *    - Nodes behind one broken link fall silent one after the other, within one heartbeat interval. So a node that
 *      missed half the timeout already counts towards the share, but only a node past the whole timeout can be lost.
 *    - They return one after the other too. So the breaker stays tripped for half the timeout after the last check that
 *      found mass silence, and the last nodes to return lose nothing.
 *    - Fewer than `MASS` nodes never trip the breaker. A small fleet fails over as usual.
 */
import type { Node } from '@cyberstroll/contracts';

/** What one replica knows about its own links. */
export interface LinkState {
  /** When this replica may last have missed heartbeats. */
  gapAt: Date;
  checkedAt: Date;
}

/** A replica that has just started has received nothing yet. */
export const toInitialLinks = (now: Date): LinkState => ({ gapAt: now, checkedAt: now });

/**
 * One check of the links. If the check before was longer than `maxGapMs` ago, this process stalled in between.
 * `notConsumingMs` is the time since this replica last consumed heartbeats, 0 while it does; a gap up to `maxGapMs`
 * makes no node seem silent.
 */
export function checkLinks(
  links: LinkState,
  { connected, notConsumingMs, now, maxGapMs }: CheckedLinks & { now: Date; maxGapMs: number },
): LinkState {
  const wasStalled = now.getTime() - links.checkedAt.getTime() > maxGapMs;
  const isHearing = connected && !wasStalled && notConsumingMs <= maxGapMs;
  return { gapAt: isHearing ? links.gapAt : now, checkedAt: now };
}

interface CheckedLinks {
  connected: boolean;
  notConsumingMs: number;
}

/**
 * Whether this replica may declare nodes silent. If the last check was longer than `maxGapMs` ago, this process stood
 * still until now.
 */
export const canDeclareSilent = (
  links: LinkState,
  { timeoutMs, maxGapMs }: { timeoutMs: number; maxGapMs: number },
  now: Date,
): boolean =>
  now.getTime() - links.gapAt.getTime() >= timeoutMs && now.getTime() - links.checkedAt.getTime() <= maxGapMs;

export type WatchedNode = Pick<Node, 'node_id' | 'first_seen' | 'last_seen'>;

export interface BreakerRules {
  /** Milliseconds of silence after which a node is lost. */
  timeoutMs: number;
  /** Share of all held subtasks, 0 to 1. The breaker trips when nodes that hold more than this fall silent together. */
  share: number;
  /** Milliseconds of silence after which a node is lost even while the breaker is tripped. */
  holdMs: number;
}

export interface BreakerVerdict<Watched> {
  /** Nodes to fail now. */
  lost: Watched[];
  /** Nodes past the timeout that keep their work, since the breaker is tripped. */
  kept: Watched[];
  /** How many nodes count as silent towards the share. */
  silentCount: number;
  /** When mass silence was last found. The next check needs it. */
  massAt: Date | undefined;
}

const MASS = 3;
const YOUNG_TIMEOUTS = 4;

const toSilentMs = ({ last_seen }: WatchedNode, now: Date) => now.getTime() - last_seen.getTime();

/** The nodes that the breaker counts, and those of them that are silent. */
function findCounted<Watched extends WatchedNode>(fleet: readonly Watched[], { timeoutMs }: BreakerRules, now: Date) {
  const known = fleet.filter(
    ({ first_seen, last_seen }) => last_seen.getTime() - first_seen.getTime() >= YOUNG_TIMEOUTS * timeoutMs,
  );
  return { known, silent: known.filter((node) => toSilentMs(node, now) > timeoutMs / 2) };
}

/**
 * Divides the silent nodes into lost ones and ones that keep their work. `fleet` is every node that is not offline;
 * `held` is the number of subtasks that each of them holds.
 */
export function chooseLost<Watched extends WatchedNode>(
  fleet: readonly Watched[],
  held: ReadonlyMap<string, number>,
  rules: BreakerRules,
  now: Date,
  lastMassAt?: Date,
): BreakerVerdict<Watched> {
  const { timeoutMs, share, holdMs } = rules;
  const weightOf = (nodes: readonly Watched[]) => nodes.reduce((sum, { node_id }) => sum + (held.get(node_id) ?? 0), 0);
  const counted = findCounted(fleet, rules, now);
  const silentCount = counted.silent.length;
  const silent = fleet.filter((node) => toSilentMs(node, now) > timeoutMs);
  const isMass = silentCount >= MASS && weightOf(counted.silent) > share * weightOf(counted.known);
  const massAt = isMass ? now : lastMassAt;
  const isTripped = massAt !== undefined && now.getTime() - massAt.getTime() < timeoutMs / 2;
  const isKept = (node: Watched) => isTripped && toSilentMs(node, now) < Math.max(holdMs, timeoutMs);
  return { lost: silent.filter((node) => !isKept(node)), kept: silent.filter(isKept), silentCount, massAt };
}
