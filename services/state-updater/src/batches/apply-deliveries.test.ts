import { EXCHANGES, toQueueMarker, toSubTaskId } from '@cyberstroll/contracts';
import type { Delivery, Publisher } from '@cyberstroll/messaging';
import { createMetrics } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createUpdateMetrics } from '../metrics/update-metrics';
import { createDeliveryApplier } from './apply-deliveries';
import { createLanes } from './lanes';

const TASK = 'a'.repeat(24);

/** A delivery with a claim of each of these subtasks. */
function toDelivery(indexes: readonly number[]): Delivery {
  const updates = indexes.map((index) => ({
    task_id: TASK,
    subtask_id: toSubTaskId(TASK, index),
    attempt: 1,
    lease_id: `lease-${index}`,
    status: 'ASSIGNED',
  }));
  const body = { node_id: 'n', instance_id: 'n-1', sent_time: new Date().toISOString(), updates };
  return { exchange: EXCHANGES.state.name, body } as unknown as Delivery;
}

const createApplier = (
  store: { subTasks: object; queueLag?: object },
  lanes: number,
  registry = createMetrics('test'),
) =>
  createDeliveryApplier({
    store: store as unknown as Store,
    publisher: { tryPublish: () => true } as unknown as Publisher,
    metrics: createUpdateMetrics(registry),
    touch: () => undefined,
    maxUpdates: 1_000,
    lanes: createLanes(lanes),
  });

it('applies a batch that collides in halves, and after an outage only what is not applied yet', async () => {
  const tried: number[][] = [];
  let faults = 1;
  const subTasks: Pick<Store['subTasks'], 'tryUpdateSubTasks'> = {
    async tryUpdateSubTasks(updates) {
      const indexes = updates.map(({ update }) => Number(update.subtask_id.split('-')[1]));
      tried.push(indexes);
      // Another updater has the last one.
      if (indexes.length > 1 && indexes.includes(4)) return undefined;
      if (indexes.includes(3) && faults-- > 0) throw new Error('outage');
      const results = updates.map(() => ({ outcome: 'applied' as const }));
      return { results, transitions: [], implausible: 0, pausedTasks: [], retried: 0 };
    },
  };
  const registry = createMetrics('test');
  const apply = createApplier({ subTasks }, 1, registry);
  const deliveries = [toDelivery([0, 1, 2]), toDelivery([3, 4])];

  await expect(apply(deliveries, () => [])).rejects.toThrow('outage');
  expect(tried.splice(0)).toEqual([[0, 1, 2, 3, 4], [0, 1, 2], [3, 4], [3]]);
  expect(await apply(deliveries, () => [])).toHaveLength(2);
  expect(tried.flat().sort()).toEqual([3, 4]);
  const { values } = await registry.getSingleMetric('cyberstroll_state_batch_splits_total')!.get();
  expect(values).toMatchObject([{ value: 2 }]);
});

it('gives a marker back when older batches of all lanes are applied', async () => {
  const STRIPE = 256;
  const done: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const subTasks: Pick<Store['subTasks'], 'tryUpdateSubTasks'> = {
    async tryUpdateSubTasks(updates) {
      const isOlder = updates[0]!.update.subtask_id === toSubTaskId(TASK, 0);
      if (isOlder) await held;
      done.push(isOlder ? 'older' : 'newer');
      if (!isOlder) setImmediate(letGo);
      const results = updates.map(() => ({ outcome: 'applied' as const }));
      return { results, transitions: [], implausible: 0, pausedTasks: [], retried: 0 };
    },
  };
  const queueLag = { noteBack: async () => void done.push('marker') };
  const apply = createApplier({ subTasks, queueLag }, 2);
  const marker = { exchange: EXCHANGES.serviceUpdates.name, body: toQueueMarker('heartbeat-monitor', new Date()) };
  await Promise.all([
    apply([toDelivery([0])], () => []),
    apply([toDelivery([STRIPE]), marker as unknown as Delivery], () => []),
  ]);
  expect(done).toEqual(['newer', 'older', 'marker']);
});
