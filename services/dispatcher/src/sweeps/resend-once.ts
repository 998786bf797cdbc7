import { groupBy, STATE_QUEUE_NAMES, toJobQueue } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import {
  type Chunk,
  createExclusionWatch,
  createTaskRound,
  type ExclusionWatch,
  type LimitTurns,
  type Store,
  type UnsettledTask,
} from '@cyberstroll/store';
import { keepUp } from '@cyberstroll/task-state';
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

/** Chunks that one pass reads, shared by its tasks, but no fewer of each than `LEAST_CHUNKS_PER_TASK`. */
const MAX_CHUNKS = 20_000;
const LEAST_CHUNKS_PER_TASK = 50;
/** Chunks whose subtasks one pass looks at, and the number of these subtasks. */
const MAX_LOOKS = 5_000;
const MAX_SUBTASKS = 100_000;
/**
 * With more envelopes in the queues of the updaters than this, which do not keep up with them, nothing is sent again:
 * updates of an untouched subtask may be among them.
 */
const FEW_UPDATES = 20;

/**
 * The pass over the ledger of open tasks. A chunk whose subtasks have all been touched is deleted. The untouched
 * subtasks of a chunk are sent again if nodes dropped them during a pause, if they may lie with a node that fell
 * silent, or if the broker lost them. Resolves with undefined if no check found anything to do: while scans are slow,
 * all chunks wait, in their queue or with a node.
 */
export function createResend(
  given: Omit<SendDeps, 'exclusions'> & {
    store: Pick<Store, 'nodes' | 'queueLag' | 'exclusions'>;
    exclusions?: ExclusionWatch;
    limits: LimitTurns;
    logger: Logger;
  },
  { settleAfterMs = 5_000, resendAfterMs, page }: ResendOptions,
): (now: Date) => Promise<Counts | undefined> {
  const deps = { exclusions: createExclusionWatch(given.store), ...given };
  const { store, broker, publisher, limits, logger } = deps;
  const nextOpen = createTaskRound(store, 'open', page);
  let suspects: Suspects = new Map();
  /** By limited chunk: the index behind the part of it that was sent again. */
  let begunParts: ReadonlyMap<string, number> = new Map();

  return async function resendOnce(now) {
    broker.check();
    const tasks = (await nextOpen()).filter(
      ({ status, cursor, hold }) => !hold && DISPATCHABLE_TASK_STATUSES.includes(status) && cursor > 0,
    );
    if (tasks.length === 0) return undefined;
    const chunks = await findUnsettled(tasks, now);
    if (chunks.length === 0) return undefined;
    const pools = await readPools(tasks, now);
    const left = takeSome(findLeftQueue({ tasks, chunks, pools, now }, { settleAfterMs, resendAfterMs }));
    if (left.length === 0) return undefined;
    const { known: waiting } = await broker.updatesDepth();
    const lagSeconds = await store.queueLag.findLagSeconds(STATE_QUEUE_NAMES, now);
    const updatesAreIn = keepUp({ waiting, lagSeconds }, FEW_UPDATES);
    const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
    const untouchedOf = await store.chunks.findUntouched(left.map(({ chunk }) => chunk));
    const done: Chunk[] = [];
    const found: { chunk: Chunk; reason: ResendReason; untouched: number[] }[] = [];
    for (const { chunk, reason } of left) {
      const untouched = untouchedOf.get(chunk)!;
      if (untouched.length === 0) done.push(chunk);
      else if (reason && updatesAreIn) found.push({ chunk, reason, untouched });
    }
    await store.chunks.deleteTouched(done);
    const counts = { settled: done.length, resent: 0 };
    const look = lookAgain(suspects, found, now);
    suspects = look.suspects;
    const again = look.confirmed.map((each) => ({ ...each, task: taskOf.get(each.chunk.task_id)! }));
    const limited = await limits.findLimited(
      again.map(({ task }) => task),
      now,
    );
    for (const each of again.filter(({ task }) => !limited.has(task.task_id))) {
      counts.resent += await resend(each, now);
    }
    counts.resent += await resendLimited(
      again.filter(({ task }) => limited.has(task.task_id)),
      now,
    );
    return done.length + found.length > 0 ? counts : undefined;
  };

  /** One read has them all, unless there are too many: then the oldest of each task. */
  async function findUnsettled(tasks: readonly UnsettledTask[], dispatchedBefore: Date): Promise<Chunk[]> {
    const taskIds = tasks.map(({ task_id }) => task_id);
    const all = await store.chunks.findUnsettled({ task_id: taskIds, dispatchedBefore, limit: MAX_CHUNKS });
    if (all.length < MAX_CHUNKS) return all;
    const limit = Math.max(LEAST_CHUNKS_PER_TASK, Math.floor(MAX_CHUNKS / tasks.length));
    const lists = await Promise.all(
      taskIds.map((task_id) => store.chunks.findUnsettled({ task_id, dispatchedBefore, limit })),
    );
    return lists.flat();
  }

  async function readPools(tasks: readonly UnsettledTask[], now: Date): Promise<Map<string, PoolBacklog>> {
    const [nodes, lost] = await Promise.all([store.nodes.findAvailableNodes(), store.nodes.findLost(now)]);
    return new Map(
      await Promise.all(
        [...groupBy(tasks, ({ config }) => config.pool)].map(async ([pool, ofPool]): Promise<[string, PoolBacklog]> => {
          await broker.declareJobQueue(pool);
          const { known: depth } = await broker.queueDepth(toJobQueue(pool).name);
          return [pool, toPoolBacklog(pool, { depth, nodes, lost, tasks: ofPool, now })];
        }),
      ),
    );
  }

  /**
   * What is sent again counts as sent since it was first sent, so it needs no room; but it may start as soon as a node
   * takes it, so it keeps the pace. A chunk that is larger than that is sent part by part.
   */
  async function resendLimited(again: readonly Resent[], now: Date): Promise<number> {
    if (again.length === 0) return 0;
    const left = again.map((each) => {
      const key = `${each.task.task_id}:${each.chunk.first_index}:${each.chunk.dispatched_time.getTime()}`;
      return { ...each, key, rest: each.untouched.filter((index) => index >= (begunParts.get(key) ?? 0)) };
    });
    const lost = new Map(
      [...groupBy(left, ({ task }) => task.task_id)].map(([taskId, of]) => [taskId, of.flatMap(({ rest }) => rest)]),
    );
    const tasks = [...new Set(left.map(({ task }) => task))];
    const turn = await limits.take('again', tasks, lost);
    if (!turn) return 0;
    try {
      const parts = left.map(({ rest, ...each }) => {
        const some = rest.slice(
          0,
          turn.headroom.take(each.task.task_id, rest.length, (n) => rest[n]!),
        );
        return { ...each, untouched: some, isLast: some.length === rest.length };
      });
      await turn.commit();
      begunParts = new Map(
        parts.flatMap(({ key, untouched, isLast }) => {
          const end = untouched.length > 0 ? untouched.at(-1)! + 1 : begunParts.get(key);
          return isLast || end === undefined ? [] : [[key, end]];
        }),
      );
      let resent = 0;
      for (const part of parts) {
        if (turn.leftMs() <= 0) break;
        if (part.untouched.length > 0 || part.isLast) await resend(part, now);
        resent += part.untouched.length;
      }
      return resent;
    } finally {
      await turn.end();
    }
  }

  /**
   * Marks the chunk after the broker has confirmed the job. A crash in between sends it twice, and the fence makes that
   * harmless.
   */
  async function resend(
    { task, chunk, reason: why, untouched, isLast = true }: Resent & { isLast?: boolean },
    now: Date,
  ): Promise<number> {
    const subtasks = untouched.length > 0 ? await publishJob(deps, task, untouched) : [];
    if (isLast) await store.chunks.markResent(chunk, now);
    // Without any, all of it is excluded: it is cancelled soon.
    if (subtasks.length === 0) return 0;
    const { task_id } = task;
    const reason = REASONS[why];
    logger.info({ task_id, subtasks: subtasks.length, first_index: chunk.first_index, reason }, 'sent out again');
    publishEvent(publisher, 'subtask', 'PENDING', { task_id, subtasks, reason, operator: OPERATOR }, now);
    return subtasks.length;
  }
}

interface Resent {
  task: UnsettledTask;
  chunk: Chunk;
  reason: ResendReason;
  untouched: readonly number[];
}

const REASONS: Record<ResendReason, string> = {
  dropped: 'sent out again: nodes drop the jobs of a paused or held task',
  silent: 'sent out again: no node has begun it, and a node that fell silent may hold it',
  lost: 'sent out again: it has left the queue, and no node has begun it',
};

/** As many of the first as one pass may look at; at least one. */
function takeSome<Left extends { chunk: Chunk }>(left: readonly Left[]): Left[] {
  let subtasks = 0;
  const end = left.findIndex(({ chunk }, place) => {
    subtasks += chunk.count;
    return place === MAX_LOOKS || (place > 0 && subtasks > MAX_SUBTASKS);
  });
  return left.slice(0, end < 0 ? left.length : end);
}
