import { KNOWN_FOR_MS, type LimitUse, type Task, toPortions } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { createQueueLag } from '../dispatch/queue-lag';
import type { Database } from '../mongodb/models/database';
import type { WaitReason } from '../mongodb/models/documents';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { EVER, indexFirst } from '../mongodb/queries/index-first';

/**
 * Nodes begin nothing of a task that is paused, held or has ended, `KNOWN_FOR_MS` after that is in force. The rest is
 * for the write that makes it so, and for the reports of what began before.
 */
const DROPPED_AFTER_MS = KNOWN_FOR_MS + 3_000;

/** Chunks whose subtasks are looked for with one query. */
const CHUNKS_AT_ONCE = 20;
const DROPS = ['status', 'hold.code', 'paused_time', 'completed_time'] as const;
/** What of a task says which limits cover it, and how it shares them. */
export const LIMIT_FACTS = ['task_id', 'labels', 'target_ranges', 'config.pool', 'config.priority'] as const;
export type LimitFacts = Part<Task, (typeof LIMIT_FACTS)[number]>;
const STANDING = [...LIMIT_FACTS, 'cursor', ...DROPS] as const;
const sumOf = (...buckets: string[]) => ({
  $sum: { $add: buckets.map((bucket) => ({ $ifNull: [`$counts.${bucket}`, 0] })) },
});
const COUNTS = {
  closed: sumOf('completed_count', 'failed_count', 'timeout_count', 'cancelled_count'),
  cancelled: sumOf('cancelled_count'),
  scanning: sumOf('scanning_count'),
};
type Counts = Record<keyof typeof COUNTS, number>;
const NO_COUNTS: Counts = { closed: 0, cancelled: 0, scanning: 0 };

/**
 * These tasks, and what of each counts against its limits; a task without anything has no use. Read while no other
 * sender sends any of it. The order of the reads makes every number too high rather than too low: a subtask that moves
 * on between two reads is counted where it was and where it is. What the ledger has beyond the cursor counts as sent.
 * `now`: by the database's clock.
 */
export async function readLimitUse(
  db: Database,
  taskIds: readonly string[],
  now: Date,
): Promise<{ tasks: LimitFacts[]; uses: Map<string, LimitUse> }> {
  if (taskIds.length === 0) return { tasks: [], uses: new Map() };
  // A retry that is sent or claimed meanwhile, by none but us, counts as open below. So the unsent ones come first.
  const retries = await countRetries(db, taskIds);
  const counts = await countSubTasks(db, taskIds);
  // A task that is cancelled meanwhile is read as such, and its closed retries are not counted twice.
  const tasks = await findTasks(db, taskIds, STANDING).toArray();
  const ahead = await countAhead(db, tasks);
  const neverSent = await countCancelledAhead(db, tasks, counts);
  const dropping = await toDropping(db, tasks, now);
  const waiting = await countWaiting(db, taskIds);
  const uses = new Map(
    tasks.flatMap(({ task_id, cursor }) => {
      const { closed, scanning } = counts.get(task_id) ?? NO_COUNTS;
      const unsent = retries.get(task_id) ?? 0;
      const passed = cursor + (ahead.get(task_id) ?? 0) - unsent - (waiting.get(task_id) ?? 0);
      const sent = passed - (closed - (neverSent.get(task_id) ?? 0));
      // What waits at a node does not begin either.
      const outstanding = Math.max(0, dropping.has(task_id) ? scanning : sent);
      const use = { outstanding, not_begun: Math.max(0, outstanding - scanning) };
      return outstanding > 0 ? [[task_id, use] as const] : [];
    }),
  );
  return { tasks, uses };
}

/** The tasks that nodes begin nothing for: what is under scan is all that counts. */
export async function findDropping(db: Database, taskIds: readonly string[], now: Date): Promise<Set<string>> {
  return toDropping(db, await findTasks(db, taskIds, ['task_id', ...DROPS]).toArray(), now);
}

async function toDropping(
  db: Database,
  tasks: readonly Part<Task, 'task_id' | (typeof DROPS)[number]>[],
  now: Date,
): Promise<Set<string>> {
  const since = new Map(
    tasks.flatMap(({ task_id, status, hold, paused_time, completed_time }) => {
      const time = paused_time ?? completed_time;
      const mayBegin = DISPATCHABLE_TASK_STATUSES.includes(status) && !hold;
      return mayBegin || !time ? [] : [[task_id, time.getTime()] as const];
    }),
  );
  if (since.size === 0) return new Set();
  // What began before may lie in the queues of the updaters.
  const lagSeconds = (await createQueueLag(db).findLagSeconds(now)) ?? 0;
  const knownMs = now.getTime() - DROPPED_AFTER_MS - lagSeconds * 1_000;
  return new Set([...since].flatMap(([taskId, sinceMs]) => (sinceMs < knownMs ? [taskId] : [])));
}

/** By task: the RETRYING subtasks that were not sent. The index has all that this reads. */
async function countRetries(db: Database, taskIds: readonly string[]): Promise<Map<string, number>> {
  const isUnsent = { $cond: [{ $gt: ['$retry_sent_time', EVER] }, 0, 1] };
  const groups = db.subTasks.aggregate<{ _id: string; unsent: number }>(
    [
      { $match: { task_id: { $in: [...taskIds].sort() }, retry_due_time: { $gt: EVER } } },
      { $group: { _id: '$task_id', unsent: { $sum: isUnsent } } },
    ],
    IN_ONE_ANSWER,
  );
  return new Map((await groups.toArray()).map(({ _id, unsent }) => [_id, unsent]));
}

async function countSubTasks(db: Database, taskIds: readonly string[]): Promise<Map<string, Counts>> {
  const groups = db.taskProgress.aggregate<{ _id: string } & Counts>(
    [{ $match: { task_id: { $in: [...taskIds] } } }, { $group: { _id: '$task_id', ...COUNTS } }],
    IN_ONE_ANSWER,
  );
  return new Map((await groups.toArray()).map(({ _id, ...counts }) => [_id, counts]));
}

/** By task: how many subtasks its ledger has beyond the cursor. A sender that died may have sent them. */
async function countAhead(
  db: Database,
  tasks: readonly Pick<Task, 'task_id' | 'cursor'>[],
): Promise<Map<string, number>> {
  const cursors = new Map(tasks.map(({ task_id, cursor }) => [task_id, cursor]));
  const filter = { task_id: { $in: [...cursors.keys()] }, settled: false };
  const options = { ...IN_ONE_ANSWER, projection: { _id: 0, task_id: 1, first_index: 1, count: 1 } };
  const ahead = new Map<string, number>();
  for await (const { task_id, first_index, count } of db.chunks.find(filter, options)) {
    if (first_index >= cursors.get(task_id)!) ahead.set(task_id, (ahead.get(task_id) ?? 0) + count);
  }
  return ahead;
}

/** By task: how many subtasks wait to be sent, behind the cursor or beyond it: they are not out. */
async function countWaiting(db: Database, taskIds: readonly string[]): Promise<Map<string, number>> {
  const filter = indexFirst({ waits: { $gt: '' as WaitReason } }, { task_id: { $in: [...taskIds] } });
  const chunks = await findFields(db.chunks, filter, ['task_id', 'first_index', 'count'], IN_ONE_ANSWER).toArray();
  const counts = new Map<string, number>();
  for (const some of toPortions(chunks, CHUNKS_AT_ONCE)) {
    const ids = some.flatMap(({ task_id, first_index, count }) =>
      Array.from({ length: count }, (_, n) => toSubTaskObjectId(task_id, first_index + n)),
    );
    const found = await db.subTasks.find({ _id: { $in: ids } }, { ...IN_ONE_ANSWER, projection: { _id: 1 } }).toArray();
    const touched = new Set(found.map(({ _id }) => _id.toHexString()));
    let at = 0;
    for (const { task_id, count } of some) {
      const untouched = ids.slice(at, at + count).filter((id) => !touched.has(id.toHexString())).length;
      at += count;
      counts.set(task_id, (counts.get(task_id) ?? 0) + untouched);
    }
  }
  return counts;
}

/**
 * By task: how many subtasks an exclusion has cancelled that the cursor has not passed. They are closed, but were never
 * out.
 */
async function countCancelledAhead(
  db: Database,
  tasks: readonly Pick<Task, 'task_id' | 'status' | 'cursor'>[],
  counts: ReadonlyMap<string, Counts>,
): Promise<Map<string, number>> {
  const some = tasks.filter(({ task_id }) => (counts.get(task_id)?.cancelled ?? 0) > 0);
  const found = some.map(async ({ task_id, cursor }) => {
    const filter = { task_id, status: 'CANCELLED' as const, index: { $gte: cursor } };
    return [task_id, await db.subTasks.countDocuments(filter)] as const;
  });
  return new Map(await Promise.all(found));
}
