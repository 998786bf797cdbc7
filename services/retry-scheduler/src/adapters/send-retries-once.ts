import { type Broker, type Publisher, sendJob } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type RetryPlan, toRetryJobs } from '../core/to-retry-jobs';

const MAX_RETRIES = 5_000;
/** How long retries of paused tasks are put off where they would hide those of running ones. */
const PUT_OFF_MS = 5_000;

export interface RetryDeps {
  store: Store;
  broker: Broker;
  publisher: Publisher;
  resendMs: number;
}

/**
 * Sends the retries that are due, and notes that when the broker has them. A crash in between sends them once more, which
 * the fence of the attempt makes harmless.
 */
export async function sendRetriesOnce({ store, broker, publisher, resendMs }: RetryDeps, now: Date): Promise<Counts> {
  broker.check();
  const due = await store.subTasks.findDueRetries(now, MAX_RETRIES);
  if (due.length === 0) return {};
  const nodes = due.some(({ last_node }) => last_node !== undefined) ? await store.nodes.findTakers() : [];
  const tasks = await store.tasks.findOpen([...new Set(due.map(({ task_id }) => task_id))]);
  const { jobs, waiting } = toRetryJobs(due, tasks, nodes);
  if (due.length === MAX_RETRIES && waiting.length > 0) {
    await store.subTasks.putOffRetries(toIds(waiting), new Date(now.getTime() + PUT_OFF_MS));
  }
  for (const pool of new Set(jobs.map((each) => each.pool))) await broker.declareJobQueue(pool);
  const sent = await Promise.all(jobs.map((each) => send(each)));
  return { retries: sent.reduce((sum, count) => sum + count, 0) };

  async function send(planned: RetryPlan['jobs'][number]): Promise<number> {
    const { job } = planned;
    await sendJob(publisher, planned);
    await store.subTasks.markRetriesSent(toIds(job.subtasks), new Date(now.getTime() + resendMs));
    return job.subtasks.length;
  }
}

const toIds = (subTasks: readonly { subtask_id: string }[]) => subTasks.map(({ subtask_id }) => subtask_id);
