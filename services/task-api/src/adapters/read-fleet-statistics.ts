import { type FleetStatisticsView, toQueueNames } from '@cyberstroll/contracts';
import type { Broker, QueueDepth } from '@cyberstroll/messaging';
import { AppError, createSharedCall, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

const LOOK_WITHIN_MS = 2_000;

/** However many ask, the statistics are read once in this many milliseconds. */
const KEEP_MS = 2_000;

/** The statistics of all tasks, nodes and queues. Requests share a read, and its answer for a moment. */
export function createFleetStatistics({
  store,
  broker,
}: {
  store: Pick<Store, 'statistics' | 'queues' | 'queueLag' | 'queueRates'>;
  broker: Pick<Broker, 'isConnected' | 'queueDepths'>;
}): () => Promise<FleetStatisticsView> {
  return createSharedCall(
    async () => {
      const fleet = await store.statistics.getFleetStatistics();
      const depths = broker.isConnected() ? await readDepths(Object.keys(fleet.pools)) : null;
      const lag = await store.queueLag.findLagSeconds(new Date());
      return { ...fleet, queues: depths && (await toQueues(depths)), update_queue_lag: lag ?? null };
    },
    { keepMs: KEEP_MS },
  );

  async function readDepths(pools: readonly string[]): Promise<Map<string, QueueDepth> | null> {
    try {
      const toError = () => new AppError('broker_slow');
      return await within(broker.queueDepths(toQueueNames(pools)), LOOK_WITHIN_MS, toError);
    } catch {
      // The connection to the broker was lost, or the broker hangs.
      return null;
    }
  }

  async function toQueues(depths: ReadonlyMap<string, QueueDepth>): Promise<FleetStatisticsView['queues']> {
    const now = new Date();
    const names = [...depths.keys()];
    const [emptyTimes, rates] = await Promise.all([
      store.queues.findEmptyTimes(names, now),
      store.queueRates.find(names, now),
    ]);
    return [...depths].map(([queue, { latest: messages }]) => {
      const time = messages > 0 ? emptyTimes.get(queue) : now;
      const nonempty_seconds = time ? Math.max(0, now.getTime() - time.getTime()) / 1_000 : null;
      const { in_per_second = null, out_per_second = null } = rates.get(queue) ?? {};
      return { queue, messages, nonempty_seconds, in_per_second, out_per_second };
    });
  }
}
