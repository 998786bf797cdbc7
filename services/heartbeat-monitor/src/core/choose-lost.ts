/**
 * The breaker of the node watch, its second half (the first is `sight.ts`): when much of the fleet falls silent at once,
 * it is more likely that something between them and us broke than that so many nodes died together, and to give all their
 * work away would load what is left with work that is still being done. So they are let be until they beat again, or
 * until the silence has lasted so long that they are really gone.
 *
 * - Nodes of one cut fall silent one after the other, by up to a heartbeat: so whoever has missed half the timeout
 *   counts towards the share, though only those past it may be lost.
 * - They come back one after the other too: for half the timeout after the last look that saw a mass of them silent, the
 *   breaker still holds, so that the last ones to beat again lose nothing.
 * - Few nodes are no mass: below `MASS` of them the breaker never trips, and a small fleet fails over as ever.
 */
import type { Node } from '@cyberstroll/contracts';

export type WatchedNode = Pick<Node, 'node_id' | 'last_seen'>;

export interface BreakerRules {
  /** Milliseconds of silence after which a node is lost. */
  timeoutMs: number;
  /** Of the nodes that are not offline, 0 to 1: more than this silent at once is no loss of nodes. */
  share: number;
  /** Milliseconds of silence after which a node is lost whatever the others do. */
  holdMs: number;
}

export interface SilenceVerdict<Watched> {
  /** To be failed now. */
  lost: Watched[];
  /** Past the timeout, and let be. */
  held: Watched[];
  /** Who counts as silent towards the share. */
  silentCount: number;
  /** When a mass of nodes was last seen silent: for the next look. */
  massAt: Date | undefined;
}

const MASS = 3;

/** Parts the silent of a fleet: `fleet` is every node that is not offline. */
export function chooseLost<Watched extends WatchedNode>(
  fleet: readonly Watched[],
  { timeoutMs, share, holdMs }: BreakerRules,
  now: Date,
  lastMassAt?: Date,
): SilenceVerdict<Watched> {
  const silentMs = ({ last_seen }: Watched) => now.getTime() - last_seen.getTime();
  const silent = fleet.filter((node) => silentMs(node) > timeoutMs);
  const silentCount = fleet.filter((node) => silentMs(node) > timeoutMs / 2).length;
  const isMass = silentCount >= MASS && silentCount > share * fleet.length;
  const massAt = isMass ? now : lastMassAt;
  const isTripped = massAt !== undefined && now.getTime() - massAt.getTime() < timeoutMs / 2;
  const isHeld = (node: Watched) => isTripped && silentMs(node) < Math.max(holdMs, timeoutMs);
  return { lost: silent.filter((node) => !isHeld(node)), held: silent.filter(isHeld), silentCount, massAt };
}
