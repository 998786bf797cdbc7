import type { Broker, Consumer } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { shareQueues } from '../core/share-queues';
import type { QueueDrain } from './drain-retired';

/** For this long an updater that says no more counts as one that works: until then its queues are with the others. */
const LIVE_MS = 10_000;
/**
 * After this updater has let the others have a queue, it keeps it for this long where it comes back: who owns it may
 * have died.
 */
const KEEP_MS = 15_000;

/**
 * Shares the queues of updates out between the updaters that work. RabbitMQ gives all messages of a queue to one of its
 * consumers: the first, and when that is gone the next one in line. So an updater that gets messages of a queue which
 * another one owns goes to the end of the line, and soon the owner is the first. Nothing depends on it but speed: two
 * updaters may write the same subtasks at a time.
 */
export function createShareSweep({
  name,
  store,
  broker,
  consumers,
  drain,
  logger,
}: {
  /** Of this updater. */
  name: string;
  store: Pick<Store, 'updaters'>;
  broker: Pick<Broker, 'isConnected'>;
  /** By queue. */
  consumers: ReadonlyMap<string, Pick<Consumer, 'standBy' | 'counts'>>;
  drain: Pick<QueueDrain, 'drainOnce'>;
  logger: Logger;
}): (now: Date) => Promise<Counts | undefined> {
  const receivedBefore = new Map<string, number>();
  const keptUntil = new Map<string, number>();

  function isActive(queue: string, { received }: { received: number }): boolean {
    const before = receivedBefore.get(queue) ?? 0;
    receivedBefore.set(queue, received);
    return received > before;
  }

  return async function shareOnce(now) {
    // Who gets no message owns no queue.
    if (!broker.isConnected()) return undefined;
    const live = await store.updaters.note(name, LIVE_MS);
    await drain.drainOnce(live.toSorted()[0] === name, now);
    const owners = shareQueues([...consumers.keys()], live);
    let left = 0;
    for (const [queue, consumer] of consumers) {
      const owner = owners.get(queue)!;
      if (!isActive(queue, consumer.counts()) || owner === name) continue;
      if (now.getTime() < (keptUntil.get(queue) ?? 0)) continue;
      keptUntil.set(queue, now.getTime() + KEEP_MS);
      logger.info({ queue, owner }, 'lets another updater have the queue');
      await consumer.standBy();
      left += 1;
    }
    return { left };
  };
}
