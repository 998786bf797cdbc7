import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { announce } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { type Chunk, createTaskRound, type UnsettledTask } from '@cyberstroll/store';
import { publishJob } from '../adapters/publish-job';
import type { SendDeps } from '../adapters/send-chunks';
import { type Fate, findDeparted } from '../core/find-left-queue';
import { type PoolOutlook, toOutlook } from '../core/pool-backlog';
import { OPERATOR } from '../operator';

export interface ResendOptions {
  settleAfterMs?: number;
  resendAfterMs: number;
  /** Tasks that one pass looks at. */
  page?: number;
}

/**
 * How long what was untouched must stay so before it is sent again. A node's first update may be on its way; and a node
 * that has just come, with all its slots free, would have what fuller ones hold sent to it: its next heartbeat says better.
 */
const SECOND_LOOK_MS: Record<Fate, number> = { dropped: 1_000, silent: 1_000, lost: 6_000 };

const MAX_CHUNKS_PER_TASK = 1_000;
const MAX_LOOKS = 200;
/** After so long without a look at it, what was suspected is no suspect any more. */
const FORGET_MS = 60_000;
/** With more envelopes waiting for the updaters than this, or an unknown number, nobody can say what is untouched. */
const MAX_WAITING_UPDATES = 20;

/**
 * The pass over the ledger of open tasks: chunks of which every subtask has been touched are settled; what the nodes
 * dropped during a pause, what a node may have that fell silent, and what was lost with a broker, is sent again, and only the
 * untouched of it.
 */
export function createResend(
  deps: SendDeps & { logger: Logger },
  { settleAfterMs = 5_000, resendAfterMs, page }: ResendOptions,
): (now: Date) => Promise<Counts> {
  const { store, broker, publisher, logger } = deps;
  const nextOpen = createTaskRound(store, 'open', page);
  /** When a chunk to be sent again was first seen with something untouched, and last. */
  const suspects = new Map<string, { since: number; seen: number }>();

  return async function resendOnce(now) {
    broker.check();
    for (const [key, { seen }] of suspects) if (now.getTime() - seen > FORGET_MS) suspects.delete(key);
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
    const departed = findDeparted({ tasks, chunks, pools, now }, { settleAfterMs, resendAfterMs }).slice(0, MAX_LOOKS);
    if (departed.length === 0) return {};
    const { known: waiting } = await broker.queueDepth(QUEUES.stateUpdates.name);
    const canJudge = waiting !== undefined && waiting <= MAX_WAITING_UPDATES;
    const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
    const counts = { settled: 0, resent: 0 };
    for (const each of departed) {
      const untouched = await store.chunks.findUntouched(each.chunk);
      if (untouched.length === 0) {
        await store.chunks.settleChunk(each.chunk);
        counts.settled++;
      } else if (each.fate && canJudge && isConfirmed(each.chunk, each.fate, now)) {
        await resend(taskOf.get(each.chunk.task_id)!, each.chunk, { fate: each.fate, untouched }, now);
        counts.resent += untouched.length;
      }
    }
    return counts;
  };

  async function readPools(tasks: readonly UnsettledTask[], now: Date): Promise<Map<string, PoolOutlook>> {
    const [nodes, lost] = await Promise.all([store.nodes.findAvailableNodes(), store.nodes.findLost(now)]);
    const timeouts = groupTimeouts(tasks);
    return new Map(
      await Promise.all(
        [...timeouts].map(async ([pool, seconds]): Promise<[string, PoolOutlook]> => {
          await broker.declareJobQueue(pool);
          const { known: depth } = await broker.queueDepth(toJobQueue(pool).name);
          return [pool, toOutlook(pool, { depth, nodes, lost, timeouts: seconds, now })];
        }),
      ),
    );
  }

  function isConfirmed(chunk: Chunk, fate: Fate, now: Date): boolean {
    const key = `${chunk.task_id}:${chunk.first_index}:${chunk.dispatched_time.getTime()}`;
    const seen = now.getTime();
    const since = suspects.get(key)?.since ?? seen;
    suspects.set(key, { since, seen });
    return seen - since >= SECOND_LOOK_MS[fate];
  }

  /** Marked once the broker has it: a crash in between sends it twice, which the fence makes harmless. */
  async function resend(
    task: UnsettledTask,
    chunk: Chunk,
    { fate, untouched }: { fate: Fate; untouched: readonly number[] },
    now: Date,
  ): Promise<void> {
    const subtasks = await publishJob(deps, task, untouched);
    await store.chunks.markResent(chunk, now);
    const { task_id } = task;
    const reason = REASONS[fate];
    logger.info({ task_id, subtasks: subtasks.length, first_index: chunk.first_index, reason }, 'sent out again');
    announce(publisher, 'subtask', 'PENDING', { task_id, subtasks, reason, operator: OPERATOR }, now);
  }
}

const REASONS: Record<Fate, string> = {
  dropped: 'sent out again: nodes drop what they get of a paused task',
  silent: 'sent out again: no node has begun it, and it may lie with one that fell silent',
  lost: 'sent out again: it has left the queue, and no node has begun it',
};

function groupTimeouts(tasks: readonly UnsettledTask[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { config } of tasks) groups.set(config.pool, [...(groups.get(config.pool) ?? []), config.subtask_timeout]);
  return groups;
}
