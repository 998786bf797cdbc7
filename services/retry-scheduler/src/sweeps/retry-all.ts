import { type Broker, type Publisher, publishServiceUpdates } from '@cyberstroll/messaging';
import { BoundedMap, type Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { keepUp, toRetryUpdates } from '@cyberstroll/task-state';
import { concludePage } from '../core/retry-all-page';

const MAX_TASKS = 100;
/** Places that are remembered. A task whose place is dropped starts again, and sends nothing twice that matters. */
const MAX_PLACES = 1_000;
const PAGE = 5_000;
/** With more envelopes in the queues of the updaters than this, which do not keep up with them, no page is sent. */
const FEW_UPDATES = 50;

export interface RetryAllDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'queueLag'>;
  broker: Broker;
  publisher: Publisher;
  pageSize?: number;
}

/**
 * The sweep that carries out an operator's retry of whole tasks, or of a selection of their subtasks, one page of
 * failed subtasks per task and pass.
 */
export function createRetryAll({ store, broker, publisher, pageSize = PAGE }: RetryAllDeps) {
  /** By task: the index that the last page ended at. */
  const places = new BoundedMap<string, number>(MAX_PLACES);

  return async function retryAllOnce(now: Date): Promise<Counts | undefined> {
    broker.check();
    const tasks = await store.tasks.findRetryAll(MAX_TASKS);
    if (tasks.length === 0) return undefined;
    const counts = { retries: 0, done: 0 };
    for (const { task_id, retry_all } of tasks) {
      const { known: waiting } = await broker.updatesDepth();
      const lagSeconds = await store.queueLag.findLagSeconds(now);
      if (!keepUp({ waiting, lagSeconds }, FEW_UPDATES)) break;
      const { requested_time: closedBy, reason, operator, selection } = retry_all;
      const after = places.get(task_id);
      const page = await store.subTasks.findFailed(task_id, pageSize, { after, closedBy, selection });
      await publishServiceUpdates(publisher, operator, toRetryUpdates(page, reason));
      counts.retries += page.length;
      const { next, isDone } = concludePage(page, { pageSize, after });
      if (next === undefined) places.delete(task_id);
      else places.set(task_id, next);
      if (!isDone) continue;
      await store.tasks.endRetryAll(task_id, closedBy);
      counts.done++;
    }
    return counts;
  };
}
