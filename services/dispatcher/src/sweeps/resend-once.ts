import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { type Chunk, createTaskRound, type Store, type UnsettledTask } from '@cyberstroll/store';
import { publishJob } from '../adapters/publish-job';
import type { SendDeps } from '../adapters/send-chunks';
import { findLeftQueue, type ResendReason } from '../core/find-left-queue';
import { type PoolBacklog, toPoolBacklog } from '../core/pool-backlog';
import { lookAgain, type Suspects } from '../core/second-look';
import { OPERATOR } from '../operator';

export interface ResendOptions {
  settleAfterMs?: number;
  resendAfterMs: number;
  /** Tasks that one pass looks at. */
  page?: number;
}

const MAX_CHUNKS_PER_TASK = 1_000;
const MAX_LOOKS = 200;
/**
 * With more envelopes in the queue of the updaters than this, or an unknown number, nothing is sent again: updates of
 * an untouched subtask may be among them.
 */
const MAX_WAITING_UPDATES = 20;

/**
 * The pass over the ledger of open tasks. A chunk whose subtasks have all been touched is settled. The untouched
 * subtasks of a chunk are sent again if nodes dropped them during a pause, if they may lie with a node that fell
 * silent, or if the broker lost them.
 */
export function createResend(
  deps: SendDeps & { store: Pick<Store, 'nodes'>; logger: Logger },
  { settleAfterMs = 5_000, resendAfterMs, page }: ResendOptions,
): (now: Date) => Promise<Counts> {
  const { store, broker, publisher, logger } = deps;
  const nextOpen = createTaskRound(store, 'open', page);
  let suspects: Suspects = new Map();

  return async function resendOnce(now) {
    broker.check();
    const tasks = (await nextOpen()).filter(
      ({ status, cursor }) => DISPATCHABLE_TASK_STATUSES.includes(status) && cursor > 0,
    );
    const chunks = await Promise.all(
      tasks.map(({ task_id }) =>
        store.chunks.findUnsettled({ task_id, dispatchedBefore: now, limit: MAX_CHUNKS_PER_TASK }),
      ),
    ).then((lists) => lists.flat());
    if (chunks.length === 0) return {};
    const pools = await readPools(tasks, now);
    const left = findLeftQueue({ tasks, chunks, pools, now }, { settleAfterMs, resendAfterMs }).slice(0, MAX_LOOKS);
    if (left.length === 0) return {};
    const { known: waiting } = await broker.queueDepth(QUEUES.stateUpdates.name);
    const updatesAreIn = waiting !== undefined && waiting <= MAX_WAITING_UPDATES;
    const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
    const counts = { settled: 0, resent: 0 };
    const found: { chunk: Chunk; reason: ResendReason; untouched: number[] }[] = [];
    for (const { chunk, reason } of left) {
      const untouched = await store.chunks.findUntouched(chunk);
      if (untouched.length === 0) {
        await store.chunks.settleChunk(chunk);
        counts.settled++;
      } else if (reason && updatesAreIn) found.push({ chunk, reason, untouched });
    }
    const look = lookAgain(suspects, found, now);
    suspects = look.suspects;
    for (const { chunk, reason, untouched } of look.confirmed) {
      await resend(taskOf.get(chunk.task_id)!, chunk, { reason, untouched }, now);
      counts.resent += untouched.length;
    }
    return counts;
  };

  async function readPools(tasks: readonly UnsettledTask[], now: Date): Promise<Map<string, PoolBacklog>> {
    const [nodes, lost] = await Promise.all([store.nodes.findAvailableNodes(), store.nodes.findLost(now)]);
    const timeouts = groupTimeouts(tasks);
    return new Map(
      await Promise.all(
        [...timeouts].map(async ([pool, seconds]): Promise<[string, PoolBacklog]> => {
          await broker.declareJobQueue(pool);
          const { known: depth } = await broker.queueDepth(toJobQueue(pool).name);
          return [pool, toPoolBacklog(pool, { depth, nodes, lost, timeouts: seconds, now })];
        }),
      ),
    );
  }

  /**
   * Marks the chunk after the broker has confirmed the job. A crash in between sends it twice, and the fence makes that
   * harmless.
   */
  async function resend(
    task: UnsettledTask,
    chunk: Chunk,
    { reason: why, untouched }: { reason: ResendReason; untouched: readonly number[] },
    now: Date,
  ): Promise<void> {
    const subtasks = await publishJob(deps, task, untouched);
    await store.chunks.markResent(chunk, now);
    const { task_id } = task;
    const reason = REASONS[why];
    logger.info({ task_id, subtasks: subtasks.length, first_index: chunk.first_index, reason }, 'sent out again');
    publishEvent(publisher, 'subtask', 'PENDING', { task_id, subtasks, reason, operator: OPERATOR }, now);
  }
}

const REASONS: Record<ResendReason, string> = {
  dropped: 'sent out again: nodes drop the jobs of a paused task',
  silent: 'sent out again: no node has begun it, and a node that fell silent may hold it',
  lost: 'sent out again: it has left the queue, and no node has begun it',
};

function groupTimeouts(tasks: readonly UnsettledTask[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { config } of tasks) groups.set(config.pool, [...(groups.get(config.pool) ?? []), config.subtask_timeout]);
  return groups;
}
