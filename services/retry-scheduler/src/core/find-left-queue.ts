import type { PoolBacklog } from './pool-backlog';

/**
 * Which chunks have left their pool's queue, so that their untouched subtasks must be checked.
 *
 * The queue is first in, first out: a chunk that is still in it has every later one behind it. So a chunk has left the
 * queue when as many chunks were sent after it as messages are waiting, whatever else (retries) waits there.
 */
export interface LedgerChunk {
  task_id: string;
  first_index: number;
  count: number;
  dispatched_time: Date;
}

export interface LedgerTask {
  task_id: string;
  config: { pool: string };
  scan: { method: string };
  cursor: number;
  resumed_time?: Date | undefined;
}

export interface LeftQueueChunk<C extends LedgerChunk = LedgerChunk> {
  chunk: C;
  /**
   * Why its untouched subtasks are to be sent again: nodes dropped them during a pause, a node that fell silent may
   * hold them, or they were lost with the queue. Undefined where they are not to be sent again.
   */
  reason: ResendReason | undefined;
}
export type ResendReason = 'dropped' | 'silent' | 'lost';

export interface LeftQueueLimits {
  /** A chunk younger than this is left alone. */
  settleAfterMs: number;
  /** A chunk is sent again at this age, plus the time for which a node may hold it. */
  resendAfterMs: number;
}

/**
 * Oldest first. `chunks` are the unsettled ones of `tasks` (not paused, not ended). A chunk at or past its task's
 * cursor is not sent out yet: the dispatch repeats it.
 */
export function findLeftQueue<C extends LedgerChunk>(
  {
    tasks,
    chunks,
    pools,
    now,
  }: { tasks: readonly LedgerTask[]; chunks: readonly C[]; pools: ReadonlyMap<string, PoolBacklog>; now: Date },
  { settleAfterMs, resendAfterMs }: LeftQueueLimits,
): LeftQueueChunk<C>[] {
  const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
  const newestFirst = chunks
    .filter((chunk) => chunk.first_index < (taskOf.get(chunk.task_id)?.cursor ?? 0))
    .sort((a, b) => b.dispatched_time.getTime() - a.dispatched_time.getTime());
  const later = new Map<string, { sent: number; atTime: number; time: number }>();
  const left: LeftQueueChunk<C>[] = [];
  for (const chunk of newestFirst) {
    const task = taskOf.get(chunk.task_id)!;
    const time = chunk.dispatched_time.getTime();
    const tally = later.get(task.config.pool) ?? { sent: 0, atTime: 0, time };
    // Chunks of the same millisecond have no order: none of them counts as later than the others.
    if (tally.time !== time) Object.assign(tally, { sent: tally.sent + tally.atTime, atTime: 0, time });
    tally.atTime++;
    later.set(task.config.pool, tally);
    const { depth, lastGiven, heldMs } = pools.get(task.config.pool)!;
    if (depth !== undefined && tally.sent < depth) continue;
    const ageMs = now.getTime() - time;
    const dropped = task.resumed_time !== undefined && time < task.resumed_time.getTime();
    // Without a known depth the chunk may still be in the queue, so it is not sent again. It is settled all the same if
    // it was all begun.
    const reason =
      depth === undefined
        ? undefined
        : dropped
          ? 'dropped'
          : toReason(chunk, heldMs.get(task.scan.method) ?? 0, lastGiven);
    if (reason || ageMs >= settleAfterMs) left.push({ chunk, reason });
  }
  return left.reverse();

  function toReason(
    { dispatched_time }: LedgerChunk,
    heldMs: number,
    lastGiven: Date | undefined,
  ): ResendReason | undefined {
    const ageMs = now.getTime() - dispatched_time.getTime();
    if (ageMs >= resendAfterMs + heldMs) return 'lost';
    // Only while a slot is free. Without one, a full node may hold the job just as well.
    const mayBeThere = heldMs === 0 && lastGiven !== undefined && dispatched_time <= lastGiven;
    return mayBeThere ? 'silent' : undefined;
  }
}
