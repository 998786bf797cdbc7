import { EXCHANGES, QUEUES, toQueueMarker } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Counts, Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { measureLag } from '../core/measure-lag';
import { createFreshGauges, toSample } from '../metrics/fresh-gauge';
import { OPERATOR } from '../operator';
import { SWEEPS } from '../sweep-table';

/** The longest time between two markers: while every task is settled and each marker comes back. */
const IDLE_MS = SWEEPS['mark-updates'].idle;
/** Longer than the clocks of two hosts differ, and longer than an idle wait and a change of the leader take. */
const KEPT_MS = 3 * IDLE_MS;

/**
 * Measures how long updates wait until they are applied, in their queue and in the updater: sends a marker through the
 * queue and checks when an updater has seen it. The gauge is 0 while each marker comes back before the next one is due.
 */
export function createMarkerSweep({
  store,
  publisher,
  registry,
  hasUnsettled,
}: {
  store: Pick<Store, 'queueLag'>;
  publisher: Pick<Publisher, 'tryPublish'>;
  registry: Registry;
  hasUnsettled: () => Promise<boolean>;
}): (now: Date) => Promise<Counts | undefined> {
  const { routingKey } = QUEUES.stateUpdates;
  const lag = createFreshGauges(registry, IDLE_MS)(
    'update_queue_lag_seconds',
    'Age of the oldest marker in the queue of updates that no updater has seen; 0 while each marker is seen before the ' +
      'next one is due',
  );
  let lastSent: Date | undefined;

  return async function markOnce(now) {
    const marker = await store.queueLag.findMarker(now);
    const { sinceTime, lagSeconds, isDue } = measureLag(marker, lastSent, now);
    const isSent =
      isDue && publisher.tryPublish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker(OPERATOR, now));
    if (isSent) lastSent = now;
    // A marker that could not be sent is not waited for.
    else if (lagSeconds === 0) return {};
    const expires = new Date(now.getTime() + KEPT_MS);
    // The same value as in the API; null if no updater has ever seen a marker.
    lag.show(toSample((await store.queueLag.noteMarker({ sinceTime, lagSeconds, expires })) ?? null));
    return lagSeconds === 0 && !(await hasUnsettled()) ? undefined : {};
  };
}
