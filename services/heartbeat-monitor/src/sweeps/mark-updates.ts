import { EXCHANGES, QUEUES, toQueueMarker } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { measureLag } from '../core/measure-lag';
import { createFreshGauges, toSample } from '../metrics/fresh-gauge';
import { OPERATOR } from '../operator';

export const MARK_INTERVAL_MS = 1_000;
/** Longer than the clocks of two hosts differ, and longer than a change of the leader takes. */
const KEPT_MS = 15_000;

/**
 * Measures how long updates wait until they are applied, in the queue and in the updaters: sends a marker through the
 * queue of the updates and checks when an updater has seen it. The gauge is 0 while each marker comes back before the
 * next one is due.
 */
export function createMarkerSweep({
  store,
  publisher,
  registry,
}: {
  store: Pick<Store, 'queueLag'>;
  publisher: Pick<Publisher, 'tryPublish'>;
  registry: Registry;
}): (now: Date) => Promise<undefined> {
  const { name: queue, routingKey } = QUEUES.stateUpdates;
  const lag = createFreshGauges(registry, MARK_INTERVAL_MS)(
    'update_queue_lag_seconds',
    'Age of the marker in cs.state.updates that no updater has seen; 0 while each marker is seen before the next ' +
      'one is due',
  );
  let lastSent: Date | undefined;

  return async function markOnce(now) {
    const { sinceTime, lagSeconds, isDue } = measureLag(await store.queueLag.findMarker(queue, now), lastSent, now);
    if (isDue && publisher.tryPublish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker(OPERATOR, now)))
      lastSent = now;
    // A marker that could not be sent is not waited for.
    else if (lagSeconds === 0) return undefined;
    const expires = new Date(now.getTime() + KEPT_MS);
    // The same value as in the API; none if no updater has ever seen a marker.
    lag.show(toSample((await store.queueLag.noteMarker(queue, { sinceTime, lagSeconds, expires })) ?? null));
    return undefined;
  };
}
