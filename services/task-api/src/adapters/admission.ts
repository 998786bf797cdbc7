import { QUEUES } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { AppError, within } from '@cyberstroll/runtime';

/** Rejects with AppError overloaded `backlog_full` while no new task is taken. */
export type Admission = () => Promise<void>;

const LOOK_EVERY_MS = 1_000;
const LOOK_WITHIN_MS = 1_000;
const RETRY_AFTER_SECONDS = 10;

/**
 * New tasks are what an overloaded system gives up first: while more than `limit` envelopes of state updates wait for an
 * updater, none is taken. The queue is looked at once a second at most; where it cannot be, for RabbitMQ is away or hangs, what
 * was seen last counts: a new task needs MongoDB alone.
 */
export function createAdmission({ broker, limit }: { broker: Pick<Broker, 'queueDepth'>; limit: number }): Admission {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let last = 0;
  let looked: Promise<number> = Promise.resolve(last);

  async function look(): Promise<number> {
    const depth = broker.queueDepth(QUEUES.stateUpdates.name);
    const toError = () => new AppError('transient', 'broker_slow', 'RabbitMQ does not answer');
    last = await within(depth, LOOK_WITHIN_MS, toError).catch(() => last);
    return last;
  }

  return async () => {
    if (performance.now() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = performance.now();
      looked = look();
    }
    const waiting = await looked;
    if (waiting <= limit) return;
    const message = `no new task is taken: ${waiting} messages wait in ${QUEUES.stateUpdates.name}, ${limit} may`;
    throw new AppError('overloaded', 'backlog_full', message, { limit, retry_after_seconds: RETRY_AFTER_SECONDS });
  };
}
