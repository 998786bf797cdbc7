import { EXCHANGES, QUEUES, toQueueMarker } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { judgeMarker } from '../core/measure-lag';
import { createFreshGauges, toSample } from '../metrics/fresh-gauge';
import { OPERATOR } from '../operator';

export const MARK_INTERVAL_MS = 1_000;
/** Longer than clocks of hosts differ and a leader takes to follow another. */
const KEPT_MS = 15_000;

/**
 * Measures how long updates wait until they are applied, in the queue and with the updaters: sends a marker the way of the updates
 * and sees when an updater has taken it. What is shown is 0 while each marker comes back.
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
    'Time that a marker sent through cs.state.updates has been on its way; 0 while each is taken before the next is due',
  );
  let lastSent: Date | undefined;

  return async function markOnce(now) {
    const { sinceTime, lagSeconds, isDue } = judgeMarker(await store.queueLag.findMarker(queue, now), lastSent, now);
    if (isDue && publisher.tryPublish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker(OPERATOR, now)))
      lastSent = now;
    // What could not be sent is not waited for.
    else if (lagSeconds === 0) return undefined;
    const expires = new Date(now.getTime() + KEPT_MS);
    await store.queueLag.noteMarker(queue, { sinceTime, lagSeconds, expires });
    // The same as the API tells: nothing where nobody has ever taken a marker.
    lag.show(toSample((await store.queueLag.findLagSeconds(queue, now)) ?? null));
    return undefined;
  };
}
