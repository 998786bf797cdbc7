import { QUEUES } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import { AppError, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** Rejects with AppError overloaded `backlog_full` while no new task is taken. */
export type Admission = () => Promise<void>;

const QUEUE = QUEUES.stateUpdates.name;
const LOOK_EVERY_MS = 1_000;
const LOOK_WITHIN_MS = 1_000;
const RETRY_AFTER_SECONDS = 10;

/**
 * New tasks are what an overloaded system gives up first. None is taken while more than `maxBacklog` envelopes wait for an updater, or
 * while updates wait for longer than `maxLagSeconds` until they are applied: the queue does not show what updaters hold. Both are
 * looked at once a second at most. Where one cannot be seen, because RabbitMQ or MongoDB is away or does not answer in time, what was
 * seen last counts: a new task needs MongoDB alone.
 */
export function createAdmission(
  { broker, store }: { broker: Pick<Broker, 'queueDepth'>; store: Pick<Store, 'queueLag'> },
  { maxBacklog, maxLagSeconds }: { maxBacklog: number; maxLagSeconds: number },
): Admission {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let last = { waiting: 0, lagSeconds: 0 };
  let looked = Promise.resolve(last);

  const orLast = (value: Promise<number>, before: number) =>
    within(value, LOOK_WITHIN_MS, () => new AppError('no_answer_in_time')).catch(() => before);

  async function look() {
    const [waiting, lagSeconds] = await Promise.all([
      orLast(
        broker.queueDepth(QUEUE).then(({ latest }) => latest),
        last.waiting,
      ),
      // Nobody measures it: then only the depth counts.
      orLast(
        store.queueLag.findLagSeconds(QUEUE, new Date()).then((seconds = 0) => seconds),
        last.lagSeconds,
      ),
    ]);
    last = { waiting, lagSeconds };
    return last;
  }

  return async () => {
    if (performance.now() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = performance.now();
      looked = look();
    }
    const { waiting, lagSeconds } = await looked;
    if (waiting > maxBacklog)
      throw toBacklogFull(`${waiting} messages wait in ${QUEUE}, ${maxBacklog} are the limit`, maxBacklog);
    if (lagSeconds > maxLagSeconds) {
      const message = `state updates have waited for ${Math.round(lagSeconds)} s, ${maxLagSeconds} s are the limit`;
      throw toBacklogFull(message, maxLagSeconds);
    }
  };
}

const toBacklogFull = (why: string, limit: number): AppError =>
  new AppError('backlog_full', {
    detail: `${why}; try again later`,
    limit,
    retry_after_seconds: RETRY_AFTER_SECONDS,
  });
