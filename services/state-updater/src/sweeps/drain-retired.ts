import { type QueueSpec, RETIRED_STATE_QUEUES } from '@cyberstroll/contracts';
import type { Broker, Consumer } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';

/** Between two looks for retired queues, while there are none. */
const LOOK_INTERVAL_MS = 60_000;

export interface QueueDrain {
  /** One pass. With false, another updater drains. */
  drainOnce(isOurs: boolean, now: Date): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Applies what is left in the queues of updates of an earlier version, and deletes them. Updaters of that version may
 * still consume them, and services of it bind them again where they connect again: then this one unbinds them again,
 * and what came meanwhile is in the queues of this version, too.
 */
export function createQueueDrain({
  broker,
  createConsumer,
  logger,
}: {
  broker: Pick<Broker, 'findCounts' | 'unbind' | 'deleteQueue'>;
  createConsumer: (queue: QueueSpec) => Consumer;
  logger: Logger;
}): QueueDrain {
  const consumers = new Map<string, Consumer>();
  let lookAt = 0;

  /** There may be the first ones of all. */
  async function findRetired(): Promise<QueueSpec[]> {
    const found: QueueSpec[] = [];
    for (const queue of RETIRED_STATE_QUEUES) {
      if (!(await broker.findCounts(queue.name))) break;
      found.push(queue);
    }
    return found;
  }

  /**
   * Nobody holds a message of it. RabbitMQ counts as a consumer also one that was cancelled and holds messages, and
   * answers 0 and 0 where it does not know.
   */
  async function isDrained(queue: string, consumer: Consumer): Promise<boolean> {
    const isIdle = () => consumer.counts().held === 0;
    if (!isIdle()) return false;
    const counts = await broker.findCounts(queue);
    return counts?.messageCount === 0 && counts.consumerCount === 1 && isIdle();
  }

  async function stop() {
    const stopped = [...consumers.values()].map((consumer) => consumer.stop());
    consumers.clear();
    await Promise.all(stopped);
  }

  return {
    stop,
    async drainOnce(isOurs, now) {
      if (!isOurs) return stop();
      if (consumers.size === 0 && now.getTime() < lookAt) return;
      lookAt = now.getTime() + LOOK_INTERVAL_MS;
      const retired = await findRetired();
      for (const queue of retired) {
        await broker.unbind(queue);
        if (consumers.has(queue.name)) continue;
        const consumer = createConsumer(queue);
        consumers.set(queue.name, consumer);
        consumer.start().catch((err: unknown) => logger.warn({ queue: queue.name, err }, 'cannot be drained'));
      }
      // The last one first: the others are found by those before them.
      for (const { name: queue } of retired.toReversed()) {
        const consumer = consumers.get(queue)!;
        if (!(await isDrained(queue, consumer))) return;
        await consumer.stop();
        consumers.delete(queue);
        await broker.deleteQueue(queue);
        logger.info({ queue }, 'a queue of an earlier version is empty: deleted');
      }
    },
  };
}
