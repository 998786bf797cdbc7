import { type QueueSpec, toStateQueues } from '@cyberstroll/contracts';
import type { Broker, Consumer } from '@cyberstroll/messaging';
import { type Component, createComponent, createSweep, type Logger, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createQueueShares } from '../sweeps/queue-shares';

export interface UpdateConsumers extends Component {
  /** Throws AppError transient while a consumer cannot have its messages handled. */
  check(): void;
}

/** An updater that is stopped leaves its share to the others within this time, one that dies within `LIVE_MS` more. */
const SHARE_INTERVAL_MS = 3_000;
const LEAVE_WITHIN_MS = 1_000;

/**
 * A consumer of each queue of updates: of those that `STATE_QUEUES` asks for, and of those that there have been before.
 * A job names the key of its queue, so nodes use a key for as long as a job from before the change is under way. Each
 * queue gives all its messages to one updater, and the others stand by; a sweep shares the queues out.
 *
 * `createConsumer` also gets the number of the queues that this updater owns.
 */
export function createUpdateConsumers({
  name,
  store,
  broker,
  createConsumer,
  logger,
}: {
  /** Of this updater. */
  name: string;
  store: Pick<Store, 'queues' | 'updaters'>;
  broker: Pick<Broker, 'stateQueues' | 'isConnected'>;
  createConsumer: (queue: QueueSpec, share: () => number) => Consumer;
  logger: Logger;
}): UpdateConsumers {
  const consumers = new Map<string, Consumer>();
  let isStopping = false;
  const stopAll = () => Promise.all([...consumers.values()].map((consumer) => consumer.stop()));
  const shares = createQueueShares({ name, store, consumers, logger });
  const sweep = createSweep({
    name: 'share-queues',
    intervalMs: SHARE_INTERVAL_MS,
    async sweepOnce(now) {
      // Who gets no message owns no queue.
      if (!broker.isConnected()) return undefined;
      return { left: await shares.shareOnce(now) };
    },
    logger,
  });

  const component = createComponent('update-consumers', {
    async start() {
      const count = await store.queues.noteStateQueues(broker.stateQueues.length);
      if (isStopping) return;
      for (const queue of toStateQueues(count)) consumers.set(queue.name, createConsumer(queue, shares.countOwned));
      // Before they begin to consume: it says how much each may hold.
      await shares.shareOnce(new Date());
      await Promise.all([...consumers.values()].map((consumer) => consumer.start()));
      if (!isStopping) await sweep.start();
    },
    async stop() {
      await sweep.stop();
      await stopAll();
      const left = store.updaters.leave(name);
      await within(left, LEAVE_WITHIN_MS, () => new Error('no answer from MongoDB')).catch(() => undefined);
    },
  });

  return {
    ...component,
    stop() {
      isStopping = true;
      // At once: a start may wait for RabbitMQ. An error comes again from the stop below.
      stopAll().catch(() => undefined);
      return component.stop();
    },
    check() {
      for (const consumer of consumers.values()) consumer.check();
    },
  };
}
