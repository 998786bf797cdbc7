import { groupBy, toJobQueue } from '@cyberstroll/contracts';
import { createTaskRound } from '@cyberstroll/coordination';
import type { Broker } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Chunk, Store, UnsettledTask } from '@cyberstroll/store';
import { keepUp, toLastGiven } from '@cyberstroll/task-state';
import { findLeftQueue } from '../core/find-left-queue';
import { type PoolBacklog, toPoolBacklog } from '../core/pool-backlog';
import { lookAgain, type Suspect, type Suspects } from '../core/second-look';

export interface RecallDeps {
  store: Pick<Store, 'tasks' | 'chunks' | 'subTasks' | 'nodes' | 'queueLag'>;
  broker: Broker;
  logger: Logger;
}

export interface RecallOptions {
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
/** Retries of one pool that one pass recalls. */
const MAX_RETRIES = 5_000;
/** Tasks that were resumed within this time have retries that nodes dropped. */
const RESUMED_MS = 60_000;
/**
 * With more envelopes in the queues of the updaters than this, which do not keep up with them, nothing is recalled:
 * updates of an untouched subtask may be among them.
 */
const FEW_UPDATES = 20;

/**
 * What was sent, was begun by no node, and is perhaps lost: nodes dropped it during a pause, it may lie with a node
 * that fell silent, or the broker lost it. First attempts are found by the ledger, retries by their times. Nothing is
 * sent here: what is recalled waits to be sent, and the dispatcher sends it. A chunk whose subtasks have all been
 * touched is deleted. Resolves with undefined if no check found anything to do: while scans are slow, all chunks wait,
 * in their queue or with a node.
 */
export function createRecallLost(
  { store, broker, logger }: RecallDeps,
  { settleAfterMs = 5_000, resendAfterMs, page }: RecallOptions,
): (now: Date) => Promise<Counts | undefined> {
  const nextOpen = createTaskRound(store, 'open', page);
  const nextRetrying = createTaskRound(store, 'retrying', page);
  let suspects: Suspects = new Map();

  return async function recallLostOnce(now) {
    broker.check();
    const tasks = (await nextOpen()).filter(
      ({ status, cursor, hold }) => !hold && DISPATCHABLE_TASK_STATUSES.includes(status) && cursor > 0,
    );
    const retrying = await nextRetrying();
    if (tasks.length === 0) return undefined;
    const lost = await store.nodes.findLost(now);
    const pools = await readPools(tasks, lost, now);
    const retries = await recallRetries(retrying, pools, lost, now);
    const chunks = await recallChunks(tasks, pools, now);
    if (retries > 0) logger.info({ retries }, 'retries recalled');
    return retries > 0 || chunks ? { settled: 0, recalled: 0, ...chunks, retries } : undefined;
  };

  async function recallChunks(
    tasks: readonly UnsettledTask[],
    pools: ReadonlyMap<string, PoolBacklog>,
    now: Date,
  ): Promise<Counts | undefined> {
    const chunks = await findUnsettled(tasks, now);
    const left = takeSome(findLeftQueue({ tasks, chunks, pools, now }, { settleAfterMs, resendAfterMs }));
    if (left.length === 0) return undefined;
    const { known: waiting } = await broker.updatesDepth();
    const lagSeconds = await store.queueLag.findLagSeconds(now);
    const updatesAreIn = keepUp({ waiting, lagSeconds }, FEW_UPDATES);
    const untouchedOf = await store.chunks.findUntouched(left.map(({ chunk }) => chunk));
    const done: Chunk[] = [];
    const found: Suspect<Chunk>[] = [];
    for (const { chunk, reason } of left) {
      if (untouchedOf.get(chunk)!.length === 0) done.push(chunk);
      else if (reason && updatesAreIn) found.push({ chunk, reason });
    }
    await store.chunks.deleteTouched(done);
    const look = lookAgain(suspects, found, now);
    suspects = look.suspects;
    await store.chunks.recall(look.confirmed);
    return done.length + found.length > 0 ? { settled: done.length, recalled: look.confirmed.length } : undefined;
  }

  /** One read has them all, unless there are too many: then the oldest of each task. */
  async function findUnsettled(tasks: readonly UnsettledTask[], dispatchedBefore: Date): Promise<Chunk[]> {
    const taskIds = tasks.map(({ task_id }) => task_id);
    const all = await store.chunks.findUnsettled({ task_id: taskIds, dispatchedBefore, limit: MAX_CHUNKS });
    if (all.length < MAX_CHUNKS) return all.filter(isSent);
    const limit = Math.max(LEAST_CHUNKS_PER_TASK, Math.floor(MAX_CHUNKS / tasks.length));
    const lists = await Promise.all(
      taskIds.map((task_id) => store.chunks.findUnsettled({ task_id, dispatchedBefore, limit })),
    );
    return lists.flat().filter(isSent);
  }

  async function readPools(
    tasks: readonly UnsettledTask[],
    lost: Awaited<ReturnType<Store['nodes']['findLost']>>,
    now: Date,
  ): Promise<Map<string, PoolBacklog>> {
    const nodes = await store.nodes.findAvailableNodes();
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
   * Those that nodes dropped, in any case. The others only while their queue is empty and a node has a free slot: then
   * neither the queue nor a full node can have them.
   */
  async function recallRetries(
    tasks: readonly UnsettledTask[],
    pools: ReadonlyMap<string, PoolBacklog>,
    lost: Parameters<typeof toLastGiven>[0],
    now: Date,
  ): Promise<number> {
    let recalled = await store.subTasks.recallRetries(new Date(now.getTime() - RESUMED_MS), now);
    const cameToLight = ({ config, scan }: UnsettledTask) => {
      const pool = pools.get(config.pool);
      return pool?.depth === 0 && pool.heldMs.get(scan.method) === 0;
    };
    for (const [pool, ofPool] of groupBy(tasks.filter(cameToLight), ({ config }) => config.pool)) {
      const taskIds = ofPool.map(({ task_id }) => task_id);
      const overdue = new Date(now.getTime() - resendAfterMs);
      const lastGiven = toLastGiven(lost, pool, now) ?? overdue;
      const sentBefore = lastGiven > overdue ? lastGiven : overdue;
      recalled += await store.subTasks.recallSentRetries(taskIds, { sentBefore, now, limit: MAX_RETRIES });
    }
    return recalled;
  }
}

/** It does not wait to be sent. */
const isSent = ({ waits }: Chunk): boolean => waits === undefined;

/** As many of the first as one pass may look at; at least one. */
function takeSome<Left extends { chunk: Chunk }>(left: readonly Left[]): Left[] {
  let subtasks = 0;
  const end = left.findIndex(({ chunk }, place) => {
    subtasks += chunk.count;
    return place === MAX_LOOKS || (place > 0 && subtasks > MAX_SUBTASKS);
  });
  return left.slice(0, end < 0 ? left.length : end);
}
