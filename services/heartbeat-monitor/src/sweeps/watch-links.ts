import type { Broker } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import { canDeclareSilent, checkLinks, toInitialLinks } from '../core/circuit-breaker';

/**
 * The links are checked about every second. After a longer gap this process stalled, and heartbeats wait for it.
 */
const MAX_GAP_MS = 5_000;
/** The longest gap as a share of the heartbeat timeout, if that is short. */
const MAX_GAP_SHARE = 1 / 2;

/**
 * Watches this replica's own links, whether it is the leader or not. An open connection is not enough: if the queue of
 * the heartbeats is gone, or has no leader to consume from, no heartbeat arrives.
 */
export function createLinkWatch(
  { store, broker }: { store: Pick<Store, 'nodes'>; broker: Broker },
  timeoutMs: number,
  start: Date,
) {
  let links = toInitialLinks(start);
  let notConsumingSince: Date | undefined = start;
  let nodes = 0;
  let answeredAtMs = Number.NEGATIVE_INFINITY;
  const maxGapMs = Math.min(MAX_GAP_MS, timeoutMs * MAX_GAP_SHARE);
  return {
    async checkOnce(now: Date): Promise<undefined> {
      const hasAnswer = await checkStore();
      const notConsumingMs = notConsumingSince ? now.getTime() - notConsumingSince.getTime() : 0;
      const connected = broker.isConnected() && hasAnswer;
      links = checkLinks(links, { connected, notConsumingMs, now, maxGapMs });
    },
    /** Whether the consumer of the heartbeats consumes from now on. */
    noteConsuming(isConsuming: boolean, now: Date): void {
      notConsumingSince = isConsuming ? undefined : (notConsumingSince ?? now);
    },
    /** Whether this replica may declare nodes silent. */
    canDeclareSilent: (now: Date): boolean =>
      notConsumingSince === undefined && canDeclareSilent(links, { timeoutMs, maxGapMs }, now),
    /** The number of nodes that are not offline, at the last check. */
    countNodes: (): number => nodes,
  };

  /** Asks no more often than `maxGapMs` while MongoDB answers: a shorter outage makes no node seem silent. */
  async function checkStore(): Promise<boolean> {
    if (performance.now() - answeredAtMs < maxGapMs) return true;
    const counted = await store.nodes.countOnline().catch(() => undefined);
    if (counted === undefined) return false;
    nodes = counted;
    answeredAtMs = performance.now();
    return true;
  }
}
