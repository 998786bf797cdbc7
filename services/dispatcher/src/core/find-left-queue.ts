import type { PoolOutlook } from './pool-backlog';

/**
 * Which chunks have gone through their pool's queue, so that what is untouched of them is worth a look.
 *
 * The queue is first in, first out: a chunk that is still in it has every later one behind it. So one with as many
 * chunks sent after it as messages are waiting has left the queue, whatever else (retries) waits there.
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
  cursor: number;
  resumed_time?: Date | undefined;
}

export interface DepartedChunk<C extends LedgerChunk = LedgerChunk> {
  chunk: C;
  /**
   * Why what is untouched of it is to be sent again: nodes dropped it during a pause, it may lie with a node that fell silent, or
   * it went with its queue.
   */
  fate: Fate | undefined;
}
export type Fate = 'dropped' | 'silent' | 'lost';

export interface DepartedLimits {
  /** A chunk is left alone for so long after its dispatch, */
  settleAfterMs: number;
  /** and sent again after so long, and as long as it may lie with a node. */
  resendAfterMs: number;
}

/**
 * Oldest first. `chunks` are the unsettled ones of `tasks` (not paused, not ended); A chunk at or past its task's cursor is not sent out yet: the dispatch repeats it by itself.
 */
export function findDeparted<C extends LedgerChunk>(
  {
    tasks,
    chunks,
    pools,
    now,
  }: { tasks: readonly LedgerTask[]; chunks: readonly C[]; pools: ReadonlyMap<string, PoolOutlook>; now: Date },
  { settleAfterMs, resendAfterMs }: DepartedLimits,
): DepartedChunk<C>[] {
  const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
  const newestFirst = chunks
    .filter((chunk) => chunk.first_index < (taskOf.get(chunk.task_id)?.cursor ?? 0))
    .sort((a, b) => b.dispatched_time.getTime() - a.dispatched_time.getTime());
  const later = new Map<string, { sent: number; atTime: number; time: number }>();
  const departed: DepartedChunk<C>[] = [];
  for (const chunk of newestFirst) {
    const task = taskOf.get(chunk.task_id)!;
    const time = chunk.dispatched_time.getTime();
    const tally = later.get(task.config.pool) ?? { sent: 0, atTime: 0, time };
    // Chunks of the same millisecond have no order: none of them counts as later than the others.
    if (tally.time !== time) Object.assign(tally, { sent: tally.sent + tally.atTime, atTime: 0, time });
    tally.atTime++;
    later.set(task.config.pool, tally);
    const { depth, ...outlook } = pools.get(task.config.pool)!;
    if (depth !== undefined && tally.sent < depth) continue;
    const ageMs = now.getTime() - time;
    const dropped = task.resumed_time !== undefined && time < task.resumed_time.getTime();
    // What may still wait is not sent again. All the same it is settled where everything of it was begun.
    const fate = depth === undefined ? undefined : dropped ? 'dropped' : toFate(chunk, outlook);
    if (fate || ageMs >= settleAfterMs) departed.push({ chunk, fate });
  }
  return departed.reverse();

  function toFate(
    { dispatched_time }: LedgerChunk,
    { heldMs, lastGiven }: Omit<PoolOutlook, 'depth'>,
  ): Fate | undefined {
    const ageMs = now.getTime() - dispatched_time.getTime();
    if (ageMs >= resendAfterMs + heldMs) return 'lost';
    // While a slot is free: with none, it may as well lie with a node that is full.
    const mayBeThere = heldMs === 0 && lastGiven !== undefined && dispatched_time <= lastGiven;
    return mayBeThere ? 'silent' : undefined;
  }
}
