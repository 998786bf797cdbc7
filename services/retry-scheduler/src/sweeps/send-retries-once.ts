import { toJobQueue } from '@cyberstroll/contracts';
import { type Broker, type Publisher, publishEvent, sendJob } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { type RetryPlan, toRetryJobs } from '../core/to-retry-jobs';
import { OPERATOR } from '../operator';

const MAX_RETRIES = 5_000;
/** If more retries than this cannot be sent now, they are put off, so that the next passes read others. */
const MAX_WAITING = 500;
const PUT_OFF_MS = 5_000;

export interface RetryDeps {
  store: Pick<Store, 'tasks' | 'subTasks' | 'nodes'>;
  broker: Broker;
  publisher: Publisher;
  logger: Logger;
  resendMs: number;
}

/**
 * Sends the retries that are due, and records that when RabbitMQ has confirmed them. A crash in between sends them
 * twice, which is harmless: the fence accepts each attempt once.
 */
export async function sendRetriesOnce(
  { store, broker, publisher, logger, resendMs }: RetryDeps,
  now: Date,
): Promise<Counts> {
  broker.check();
  const due = await store.subTasks.findDueRetries(now, MAX_RETRIES);
  if (due.length === 0) return {};
  const nodes = await store.nodes.findAvailableNodes();
  const open = await store.tasks.findOpen([...new Set(due.map(({ task_id }) => task_id))]);
  const tasks = await Promise.all(
    open.map(async (task) => ({ ...task, ...(await store.tasks.getJobSource(task.task_id)) })),
  );
  const depths = await readDepths(new Set(tasks.map(({ config }) => config.pool)));
  const { jobs, waiting } = toRetryJobs(due, { tasks, nodes, depths });
  if (waiting.length > MAX_WAITING) {
    await store.subTasks.putOffRetries(toIds(waiting), new Date(now.getTime() + PUT_OFF_MS));
  }
  const sent = await Promise.all(jobs.map((each) => send(each)));
  return { retries: sent.reduce((sum, count) => sum + count, 0) };

  async function readDepths(pools: ReadonlySet<string>): Promise<Map<string, number | undefined>> {
    const depths = new Map<string, number | undefined>();
    for (const pool of pools) {
      await broker.declareJobQueue(pool);
      depths.set(pool, (await broker.queueDepth(toJobQueue(pool).name)).known);
    }
    return depths;
  }

  async function send({ isRepeat, ...planned }: RetryPlan['jobs'][number]): Promise<number> {
    const { task_id, subtasks } = planned.job;
    await sendJob(publisher, planned);
    await store.subTasks.markRetriesSent(toIds(subtasks), new Date(now.getTime() + resendMs));
    if (isRepeat) {
      const reason = 'sent again: it left the queue, and no node has started it';
      logger.info({ task_id, subtasks: subtasks.length, reason }, 'retry sent again');
      publishEvent(publisher, 'subtask', 'RETRYING', { task_id, subtasks, reason, operator: OPERATOR }, now);
    }
    return subtasks.length;
  }
}

const toIds = (subTasks: readonly { subtask_id: string }[]) => subTasks.map(({ subtask_id }) => subtask_id);
