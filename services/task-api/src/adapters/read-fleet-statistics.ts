import { type FleetStatisticsView, toQueueNames } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { AppError, createSharedCall, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

const LOOK_WITHIN_MS = 2_000;

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
      const toError = () => new AppError('transient', 'broker_slow', 'RabbitMQ does not answer');
      const depths = await within(broker.queueDepths(toQueueNames(pools)), LOOK_WITHIN_MS, toError);
      return [...depths].map(([queue, messages]) => ({ queue, messages }));
    } catch {
      // The broker went away meanwhile, or hangs.
      return null;
    }
  }
}
