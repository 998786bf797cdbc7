import type { Broker } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import { canJudgeSilence, look, openSight } from '../core/sight';

/** Looks are taken about every second; a longer gap means that this process stood still, and heartbeats wait for it. */
const MAX_GAP_MS = 5_000;
/** The longest gap as a part of the timeout, where that is short. */
const MAX_GAP_SHARE = 1 / 2;

/**
 * Keeps an eye on this replica's own links, whether or not it leads the watch over the nodes now. A connection is not enough:
 * where the queue of the heartbeats is gone, or has no leader to consume from, nothing is heard over it.
 */
export function createLinkWatch({ store, broker }: { store: Store; broker: Broker }, timeoutMs: number, start: Date) {
  let sight = openSight(start);
  let deafSince: Date | undefined = start;
  let nodes = 0;
  const maxGapMs = Math.min(MAX_GAP_MS, timeoutMs * MAX_GAP_SHARE);
  return {
    async lookOnce(now: Date): Promise<undefined> {
      const counted = await store.nodes.countOnline().catch(() => undefined);
      nodes = counted ?? nodes;
      const deafMs = deafSince ? now.getTime() - deafSince.getTime() : 0;
      sight = look(sight, { connected: broker.isConnected() && counted !== undefined, deafMs, now, maxGapMs });
    },
    /** Whether the consumer of the heartbeats consumes, from now on. */
    noteListening(isListening: boolean, now: Date): void {
      deafSince = isListening ? undefined : (deafSince ?? now);
    },
    canJudge: (now: Date): boolean => deafSince === undefined && canJudgeSilence(sight, { timeoutMs, maxGapMs }, now),
    /** The nodes that are not offline, as the last look found them. */
    countNodes: (): number => nodes,
  };
}
