import { type FleetStatisticsView, toQueueNames } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { createSharedCall } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** How everything stands. Requests that come while it is read share the next read. */
export function createFleetStatistics({
  store,
  broker,
}: {
  store: Pick<Store, 'statistics'>;
  broker: Pick<Broker, 'isConnected' | 'queueDepths'>;
}): () => Promise<FleetStatisticsView> {
  return createSharedCall(async () => {
    const fleet = await store.statistics.getFleetStatistics();
    return { ...fleet, queues: broker.isConnected() ? await readQueues(Object.keys(fleet.pools)) : null };
  });

  async function readQueues(pools: readonly string[]): Promise<FleetStatisticsView['queues']> {
    try {
      return [...(await broker.queueDepths(toQueueNames(pools)))].map(([queue, messages]) => ({ queue, messages }));
    } catch {
      // The broker went away meanwhile.
      return null;
    }
  }
}
