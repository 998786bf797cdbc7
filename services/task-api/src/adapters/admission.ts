import type { Broker } from '@cyberstroll/messaging';
import { AppError, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type BacklogLimits, findPassedLimit, type UpdateBacklog } from '../core/requests/backlog';

/** Rejects with AppError overloaded `backlog_full` while no new task is accepted. */
export type Admission = () => Promise<void>;

const READ_EVERY_MS = 1_000;
const READ_WITHIN_MS = 1_000;
const RETRY_AFTER_SECONDS = 10;

/**
 * Under overload the system refuses new tasks first (`core/backlog.ts`). It reads the length of the queue of updates
 * from RabbitMQ and the lag from MongoDB, at most once a second. If one of them does not answer in time, the value read
 * last counts: a new task needs MongoDB alone.
 */
export function createAdmission(
  { broker, store }: { broker: Pick<Broker, 'updatesDepth'>; store: Pick<Store, 'queueLag'> },
  limits: BacklogLimits,
): Admission {
  let readAt = Number.NEGATIVE_INFINITY;
  let last: UpdateBacklog = { messages: 0, lagSeconds: 0 };
  let reading = Promise.resolve(last);

  const orLast = (value: Promise<number>, before: number) =>
    within(value, READ_WITHIN_MS, () => new AppError('no_answer_in_time')).catch(() => before);

  async function read() {
    const [messages, lagSeconds] = await Promise.all([
      orLast(
        broker.updatesDepth().then(({ latest }) => latest),
        last.messages,
      ),
      // Without a measured lag only the length counts.
      orLast(
        store.queueLag.findLagSeconds(new Date()).then((seconds = 0) => seconds),
        last.lagSeconds,
      ),
    ]);
    last = { messages, lagSeconds };
    return last;
  }

  return async () => {
    if (performance.now() - readAt >= READ_EVERY_MS) {
      readAt = performance.now();
      reading = read();
    }
    const passed = findPassedLimit(await reading, limits);
    if (passed) throw new AppError('backlog_full', { ...passed, retry_after_seconds: RETRY_AFTER_SECONDS });
  };
}
