import type { Consumer } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { shareQueues } from '../core/share-queues';

/** For this long an updater that says no more counts as one that works: until then its queues are with the others. */
const LIVE_MS = 10_000;
/**
 * After this updater has let the others have a queue, it keeps it for this long where it comes back: who owns it may
 * have died.
 */
const KEEP_MS = 15_000;

export interface QueueShares {
  /** One pass. Resolves with how many queues this updater has let others have. */
  shareOnce(now: Date): Promise<number>;
  /** The queues that this updater owns, as of the last pass; 1 at least. */
  countOwned(): number;
}

/**
 * Shares the queues of updates out between the updaters that work. RabbitMQ gives all messages of a queue to one of its
 * consumers: the first, and when that is gone the next one in line. So an updater that gets messages of a queue which
 * another one owns goes to the end of the line, and soon the owner is the first. Nothing depends on it but speed: two
 * updaters may write the same subtasks at a time.
 */
export function createQueueShares({
  name,
  store,
  consumers,
  logger,
}: {
  /** Of this updater. */
  name: string;
  store: Pick<Store, 'updaters'>;
  /** By queue. */
  consumers: ReadonlyMap<string, Pick<Consumer, 'standBy' | 'counts'>>;
  logger: Logger;
}): QueueShares {
  const receivedBefore = new Map<string, number>();
  const keptUntil = new Map<string, number>();
  let owned: number | undefined;

  function isActive(queue: string, { received }: { received: number }): boolean {
    const before = receivedBefore.get(queue) ?? 0;
    receivedBefore.set(queue, received);
    return received > before;
  }

  return {
    countOwned: () => Math.max(1, owned ?? consumers.size),
    async shareOnce(now) {
      const live = await store.updaters.note(name, LIVE_MS);
      const owners = shareQueues([...consumers.keys()], live);
      owned = [...owners.values()].filter((owner) => owner === name).length;
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
      return left;
    },
  };
}
