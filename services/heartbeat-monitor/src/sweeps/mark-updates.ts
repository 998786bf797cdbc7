import { EXCHANGES, type QueueSpec, toQueueMarker } from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
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
 * Measures how long updates wait until they are applied, in the queues and in the updaters: sends a marker through each
 * queue of updates and checks when an updater has seen it. The gauge shows the slowest queue; it is 0 while each marker
 * comes back before the next one is due.
 */
export function createMarkerSweep({
  store,
  broker,
  publisher,
  registry,
  hasUnsettled,
}: {
  store: Pick<Store, 'queueLag'>;
  broker: Pick<Broker, 'stateQueues'>;
  publisher: Pick<Publisher, 'tryPublish'>;
  registry: Registry;
  hasUnsettled: () => Promise<boolean>;
}): (now: Date) => Promise<Counts | undefined> {
  const lag = createFreshGauges(registry, IDLE_MS)(
    'update_queue_lag_seconds',
    'Age of the oldest marker in a queue of updates that no updater has seen; 0 while each marker is seen before the ' +
      'next one is due',
  );
  const lastSent = new Map<string, Date>();

  /**
   * Whether the marker of a queue is back, and its lag if there is news of it: the same value as in the API; null if no
   * updater has ever seen a marker of it.
   */
  async function mark(
    { name: queue, routingKey }: QueueSpec,
    now: Date,
  ): Promise<{ isBack: boolean; shown?: number | null }> {
    const marker = await store.queueLag.findMarker(queue, now);
    const { sinceTime, lagSeconds, isDue } = measureLag(marker, lastSent.get(queue), now);
    if (isDue && publisher.tryPublish(EXCHANGES.serviceUpdates.name, routingKey, toQueueMarker(OPERATOR, now)))
      lastSent.set(queue, now);
    // A marker that could not be sent is not waited for.
    else if (lagSeconds === 0) return { isBack: false };
    const expires = new Date(now.getTime() + KEPT_MS);
    const shown = await store.queueLag.noteMarker(queue, { sinceTime, lagSeconds, expires });
    return { isBack: lagSeconds === 0, shown: shown ?? null };
  }

  return async function markOnce(now) {
    const marked = await Promise.all(broker.stateQueues.map((queue) => mark(queue, now)));
    const noted = marked.flatMap(({ shown }) => (shown === undefined ? [] : [shown]));
    const known = noted.filter((seconds) => seconds !== null);
    if (noted.length > 0) lag.show(toSample(known.length > 0 ? Math.max(...known) : null));
    return marked.every(({ isBack }) => isBack) && !(await hasUnsettled()) ? undefined : {};
  };
}
