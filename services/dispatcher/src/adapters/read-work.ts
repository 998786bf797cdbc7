import { parseSubTaskId, toPortions } from '@cyberstroll/contracts';
import type { Chunk, Store } from '@cyberstroll/store';
import type { ReadyRetry } from '../core/group-retries';
import type { Plan, WaitingChunk } from '../core/plan-dispatch';

/** Between two reads, in milliseconds. */
const READ_MS = 250;
/** Tasks that one query names, and queries of one pool in one read. */
const TASKS_AT_ONCE = 500;
const QUERIES = 8;
/** The part of a pool's room that one query may use: so several tasks have their turn in each read. */
const SHARE = 1 / 4;
/** Waiting chunks of one read. */
const MAX_WAITING = 500;

/** What of a task is to be sent beside its next targets. */
export interface TaskWork {
  retries: readonly ReadyRetry[];
  /** Retries that were sent and that no node has claimed. */
  sentRetries: number;
  waiting: readonly WaitingChunk[];
  /** The subtasks of all its waiting chunks. */
  waitingCount: number;
}

/** A task that may send something. */
export interface WorkingTask {
  task_id: string;
  config: { pool: string };
  counts: { retrying: number };
}

export type WorkReader = ReturnType<typeof createWorkReader>;

/**
 * Reads the retries that are due and the chunks that wait to be sent, four times a second. The retries of a pool are
 * read task after task, and no more of them than its window has; a task that has more than one query returns has its
 * next turn after all others. What cannot go is not read.
 */
export function createWorkReader(
  { subTasks, chunks, isIndexed }: Pick<Store, 'subTasks' | 'chunks' | 'isIndexed'>,
  readMs = READ_MS,
) {
  let readTime = new Date(0);
  let retries = new Map<string, ReadyRetry[]>();
  let sentRetries = new Map<string, number>();
  let waiting = new Map<string, WaitingChunk[]>();
  let waitingCounts = new Map<string, number>();
  /** By pool: the task that had the last turn. */
  const lastTurn = new Map<string, string>();
  let lastWaiting: Chunk | undefined;

  async function countSent(tasks: readonly WorkingTask[]): Promise<Map<string, number>> {
    const portions = toPortions(toTaskIds(tasks), TASKS_AT_ONCE);
    const found = await Promise.all(portions.map((some) => subTasks.countSentRetries(some)));
    return new Map(found.flatMap((each) => [...each]));
  }

  async function findDue(pool: string, tasks: readonly WorkingTask[], room: number, now: Date): Promise<ReadyRetry[]> {
    if (room <= 0) return [];
    const limit = Math.ceil(room * SHARE);
    let left = toTurns(toTaskIds(tasks).sort(), lastTurn.get(pool));
    let due: ReadyRetry[] = [];
    const cut: string[] = [];
    for (let query = 0; query < QUERIES && left.length > 0 && due.length < room; query++) {
      const some = takeAscending(left, TASKS_AT_ONCE);
      const found = await subTasks.findDueRetries(some, now, limit);
      const hasMore = found.length === limit;
      const reached = hasMore ? found.at(-1)!.task_id : some.at(-1)!;
      if (hasMore) cut.push(reached);
      left = left.slice(left.indexOf(reached) + 1);
      lastTurn.set(pool, reached);
      due.push(...found);
    }
    // The others have no more: these have what is left.
    for (const taskId of cut) {
      if (due.length >= room) break;
      const others = due.filter(({ task_id }) => task_id !== taskId);
      due = [...others, ...(await subTasks.findDueRetries([taskId], now, room - others.length))];
    }
    return due.slice(0, room);
  }

  async function findWaiting(taskIds: readonly string[]): Promise<WaitingChunk[]> {
    if (taskIds.length === 0) return [];
    const page = await chunks.findWaiting(taskIds, { after: lastWaiting, limit: MAX_WAITING });
    lastWaiting = page.length < MAX_WAITING ? undefined : page.at(-1);
    const untouched = await chunks.findUntouched(page);
    const found = page.map((chunk) => ({ chunk, untouched: untouched.get(chunk)! }));
    await chunks.deleteTouched(found.filter((each) => each.untouched.length === 0).map(({ chunk }) => chunk));
    return found.filter((each) => each.untouched.length > 0);
  }

  return {
    /** `able`: of these tasks, those that may send something now; `toRoom`: how many retries of a pool may be out. */
    async read(
      tasks: readonly WorkingTask[],
      { able, toRoom }: { able: readonly WorkingTask[]; toRoom: (pool: string) => number },
      now: Date,
    ): Promise<void> {
      // Without its indexes each read would look at all subtasks.
      if (!isIndexed() || Math.abs(now.getTime() - readTime.getTime()) < readMs) return;
      readTime = now;
      const retrying = tasks.filter(({ counts }) => counts.retrying > 0);
      [sentRetries, waitingCounts] = await Promise.all([countSent(retrying), chunks.countWaiting()]);
      const sent = new Map<string, number>();
      for (const { task_id, config } of retrying) {
        sent.set(config.pool, (sent.get(config.pool) ?? 0) + (sentRetries.get(task_id) ?? 0));
      }
      const ofPools = new Map<string, WorkingTask[]>();
      for (const task of able.filter(({ counts }) => counts.retrying > 0)) {
        ofPools.set(task.config.pool, [...(ofPools.get(task.config.pool) ?? []), task]);
      }
      const [due, chunksFound] = await Promise.all([
        Promise.all([...ofPools].map(([pool, some]) => findDue(pool, some, toRoom(pool) - (sent.get(pool) ?? 0), now))),
        findWaiting(toTaskIds(able).filter((taskId) => waitingCounts.has(taskId))),
      ]);
      retries = groupByTask(due.flat());
      waiting = groupByTask(chunksFound.map((each) => ({ ...each, task_id: each.chunk.task_id })));
    },
    find: (taskId: string): TaskWork => ({
      retries: retries.get(taskId) ?? [],
      sentRetries: sentRetries.get(taskId) ?? 0,
      waiting: waiting.get(taskId) ?? [],
      waitingCount: waitingCounts.get(taskId) ?? 0,
    }),
    /** This was sent, or written down: it is not found again. */
    noteSent(plan: Plan): void {
      for (const { task_id, retries: sent } of plan.retries) {
        const ids = new Set(sent.map(({ subtask_id }) => subtask_id));
        retries.set(
          task_id,
          (retries.get(task_id) ?? []).filter(({ subtask_id }) => !ids.has(subtask_id)),
        );
        add(sentRetries, task_id, sent.length);
      }
      for (const { task_id, chunk, end } of plan.again) {
        waiting.set(
          task_id,
          (waiting.get(task_id) ?? []).filter((each) => each.chunk !== chunk),
        );
        add(waitingCounts, task_id, chunk.first_index - end);
      }
      for (const { task_id, count, postponed } of plan.chunks) if (postponed) add(waitingCounts, task_id, count);
    },
  };
}

export const toRetryIndex = ({ subtask_id }: ReadyRetry): number => parseSubTaskId(subtask_id)!.index;

const add = (counts: Map<string, number>, taskId: string, count: number): void =>
  void counts.set(taskId, (counts.get(taskId) ?? 0) + count);

const toTaskIds = (tasks: readonly { task_id: string }[]) => tasks.map(({ task_id }) => task_id);

/** In their order, the one after the last turn first. */
function toTurns(taskIds: readonly string[], last = ''): string[] {
  const next = taskIds.findIndex((taskId) => taskId > last);
  return next < 0 ? [...taskIds] : [...taskIds.slice(next), ...taskIds.slice(0, next)];
}

/** As many as there are in ascending order: the database returns them in this order. */
function takeAscending(taskIds: readonly string[], limit: number): string[] {
  const end = taskIds.findIndex((taskId, place) => place > 0 && taskId <= taskIds[place - 1]!);
  return taskIds.slice(0, Math.min(end < 0 ? taskIds.length : end, limit));
}

function groupByTask<Each extends { task_id: string }>(items: readonly Each[]): Map<string, Each[]> {
  const groups = new Map<string, Each[]>();
  for (const item of items) {
    const group = groups.get(item.task_id);
    if (group) group.push(item);
    else groups.set(item.task_id, [item]);
  }
  return groups;
}
