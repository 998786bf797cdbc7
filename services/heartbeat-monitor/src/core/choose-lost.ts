/**
 * The breaker of the node watch, its second half (the first is `sight.ts`): when the nodes that hold much of the fleet's work fall silent
 * at once, it is more likely that something between them and us broke than that so many nodes died together, and to give all their
 * work away would load what is left with work that is still being done. So they are let be until they beat again, or
 * until the silence has lasted so long that they are really gone.
 *
 * - A node weighs as much as the subtasks that it holds. Of an idle fleet there is nothing to give away.
 * - Ids that were heard for less than four timeouts (a minute) weigh nothing, and are none of the many: somebody tries a node out, or one
 *   crashes again and again under a new name each time. So a fleet that is just being started is not protected.
 * - Nodes of one cut fall silent one after the other, by up to a heartbeat: so whoever has missed half the timeout
 *   counts towards the share, though only those past it may be lost.
 * - They come back one after the other too: for half the timeout after the last look that saw a mass of them silent, the
 *   breaker still holds, so that the last ones to beat again lose nothing.
 * - Few nodes are no mass: below `MASS` of them the breaker never trips, and a small fleet fails over as ever.
 */
import type { Node } from '@cyberstroll/contracts';

export type WatchedNode = Pick<Node, 'node_id' | 'first_seen' | 'last_seen'>;

export interface BreakerRules {
  /** Milliseconds of silence after which a node is lost. */
  timeoutMs: number;
  /** Of the subtasks that are held, 0 to 1: when nodes with more than this fall silent at once, that is no loss of nodes. */
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
const YOUNG_TIMEOUTS = 4;

const silentMs = ({ last_seen }: WatchedNode, now: Date) => now.getTime() - last_seen.getTime();

/** Those that the breaker counts, and of them the silent ones. */
function weigh<Watched extends WatchedNode>(fleet: readonly Watched[], { timeoutMs }: BreakerRules, now: Date) {
  const known = fleet.filter(
    ({ first_seen, last_seen }) => last_seen.getTime() - first_seen.getTime() >= YOUNG_TIMEOUTS * timeoutMs,
  );
  return { known, silent: known.filter((node) => silentMs(node, now) > timeoutMs / 2) };
}

/** Whether so many are silent that it matters what each holds. */
export const mayTrip = (fleet: readonly WatchedNode[], rules: BreakerRules, now: Date): boolean =>
  weigh(fleet, rules, now).silent.length >= MASS;

/** Parts the silent of a fleet: `fleet` is every node that is not offline, `held` how many subtasks each of them holds. */
export function chooseLost<Watched extends WatchedNode>(
  fleet: readonly Watched[],
  held: ReadonlyMap<string, number>,
  rules: BreakerRules,
  now: Date,
  lastMassAt?: Date,
): SilenceVerdict<Watched> {
  const { timeoutMs, share, holdMs } = rules;
  const weightOf = (nodes: readonly Watched[]) => nodes.reduce((sum, { node_id }) => sum + (held.get(node_id) ?? 0), 0);
  const weighed = weigh(fleet, rules, now);
  const silentCount = weighed.silent.length;
  const silent = fleet.filter((node) => silentMs(node, now) > timeoutMs);
  const isMass = silentCount >= MASS && weightOf(weighed.silent) > share * weightOf(weighed.known);
  const massAt = isMass ? now : lastMassAt;
  const isTripped = massAt !== undefined && now.getTime() - massAt.getTime() < timeoutMs / 2;
  const isHeld = (node: Watched) => isTripped && silentMs(node, now) < Math.max(holdMs, timeoutMs);
  return { lost: silent.filter((node) => !isHeld(node)), held: silent.filter(isHeld), silentCount, massAt };
}
