import { AppError, within } from '@cyberstroll/runtime';
import type { BrokerConnection } from '../connection/connection';
import { createDepthReadings, type QueueCounts, type QueueDepth } from './depth-readings';

const NOT_FOUND = 404;
/** All reads wait for one that has no answer. */
const ANSWERS_WITHIN_MS = 10_000;

export interface QueueDepths {
  /** Rejects with AppError transient while not connected, missing where there is no such queue. */
  findDepth(queue: string): Promise<QueueDepth>;
}

/**
 * Reads the depths of queues by passive declarations, all on one channel that is opened at the first read and again
 * after it was lost.
 */
export function createQueueDepths(connection: Pick<BrokerConnection, 'openChannel'>): QueueDepths {
  const read = createDepthReadings();
  let opened: ReturnType<typeof open> | undefined;
  let looked: Promise<unknown> = Promise.resolve();

  function open() {
    const opening = connection.openChannel();
    const forget = () => {
      if (opened?.opening === opening) opened = undefined;
    };
    opening.then(({ lifetime }) => lifetime.closed).then(forget, forget);
    return { opening, forget };
  }

  async function look(queue: string): Promise<QueueCounts> {
    opened ??= open();
    const { opening, forget } = opened;
    try {
      const asking = opening.then(({ channel }) => channel.checkQueue(queue));
      return await within(asking, ANSWERS_WITHIN_MS, () => new Error('no answer from RabbitMQ'));
    } catch (error) {
      forget();
      opening.then(({ lifetime }) => lifetime.close()).catch(() => undefined);
      throw toAppError(error, queue);
    }
  }

  return {
    async findDepth(queue) {
      // One after the other: a queue that is missing closes the channel, with all that was asked on it.
      const counts = looked.then(() => look(queue));
      looked = counts.catch(() => undefined);
      return read(queue, await counts, performance.now());
    },
  };
}

function toAppError(error: unknown, queue: string): AppError {
  if (error instanceof AppError) return error;
  if ((error as { code?: unknown }).code === NOT_FOUND) {
    return new AppError('unknown_queue', { detail: queue, queue });
  }
  return new AppError('broker_unavailable', { detail: (error as Error).message }, { cause: error });
}
