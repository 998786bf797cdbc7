import type { Broker } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';

/** A node may name any pools: a forged heartbeat must not fill RabbitMQ with queues. */
const MOST_POOLS = 100;

/**
 * Declares the job queue of each pool that a node names, once: a node may not, and waits for it. That of a pool beyond
 * the first 100 is declared by the dispatcher, when it sends the first job to it.
 */
export function createPoolQueues({
  broker,
  logger,
}: {
  broker: Pick<Broker, 'declareJobQueue'>;
  logger: Logger;
}): (pools: readonly string[]) => void {
  const known = new Set<string>();

  async function declare(pool: string): Promise<void> {
    known.add(pool);
    try {
      await broker.declareJobQueue(pool);
    } catch (err) {
      logger.warn({ pool, err }, 'job queue not declared: tried again at the next heartbeat');
      known.delete(pool);
    }
  }

  return (pools) => {
    for (const pool of pools) if (!known.has(pool) && known.size < MOST_POOLS) void declare(pool);
  };
}
