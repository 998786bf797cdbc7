import { QUEUES } from '@cyberstroll/contracts';
import { type Broker, type Publisher, publishUpdates } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toRetryUpdates } from '@cyberstroll/task-state';

const MAX_TASKS = 100;
const PAGE = 5_000;
/** With more envelopes waiting for the updaters than this, or where RabbitMQ does not know how many, no more are sent. */
const MAX_WAITING = 50;

export interface RetryAllDeps {
  store: Store;
  broker: Broker;
  publisher: Publisher;
  pageSize?: number;
}

/**
 * The sweep that works off an operator's retry of whole tasks, some thousands of subtasks per pass. What was sent and is not
 * applied yet is found again when it begins from the beginning: a retry names the attempt that failed, so a repeat is stale.
 * The request is done when a look from the beginning finds nothing that rests since before it.
 */
export function createRetryAll({ store, broker, publisher, pageSize = PAGE }: RetryAllDeps) {
  /** By task: the index that the last page ended at. */
  const places = new Map<string, number>();

  return async function retryAllOnce(): Promise<Counts> {
    broker.check();
    const counts = { retries: 0, done: 0 };
    for (const { task_id, retry_all } of await store.tasks.findRetryAll(MAX_TASKS)) {
      const { known: waiting } = await broker.queueDepth(QUEUES.stateUpdates.name);
      if (waiting === undefined || waiting > MAX_WAITING) break;
      const { requested_time: restedBy, reason, operator } = retry_all;
      const after = places.get(task_id);
      const page = await store.subTasks.findFailed(task_id, pageSize, { after, restedBy });
      await publishUpdates(publisher, operator, toRetryUpdates(page, reason));
      counts.retries += page.length;
      if (page.length === pageSize) places.set(task_id, page.at(-1)!.index);
      else places.delete(task_id);
      if (page.length > 0 || after !== undefined) continue;
      await store.tasks.endRetryAll(task_id, restedBy);
      counts.done++;
    }
    return counts;
  };
}
