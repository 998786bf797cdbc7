import { type QueueSpec, toStateQueues } from '@cyberstroll/contracts';
import type { Broker, Consumer } from '@cyberstroll/messaging';
import { type Component, createComponent } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

export interface UpdateConsumers extends Component {
  /** Throws AppError transient while a consumer cannot have its messages handled. */
  check(): void;
}

/**
 * A consumer of each queue of updates: of those that `STATE_QUEUES` asks for, and of those that there have been before.
 * A job names the key of its queue, so nodes use a key for as long as a job from before the change is under way.
 * `createConsumer` also gets the number of the queues.
 */
export function createUpdateConsumers({
  store,
  broker,
  createConsumer,
}: {
  store: Pick<Store, 'queues'>;
  broker: Pick<Broker, 'stateQueues'>;
  createConsumer: (queue: QueueSpec, count: number) => Consumer;
}): UpdateConsumers {
  let consumers: readonly Consumer[] = [];
  let isStopping = false;
  const stopAll = () => Promise.all(consumers.map((consumer) => consumer.stop()));

  const component = createComponent('update-consumers', {
    async start() {
      const count = await store.queues.noteStateQueues(broker.stateQueues.length);
      if (isStopping) return;
      consumers = toStateQueues(count).map((queue) => createConsumer(queue, count));
      await Promise.all(consumers.map((consumer) => consumer.start()));
    },
    stop: async () => void (await stopAll()),
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
      for (const consumer of consumers) consumer.check();
    },
  };
}
