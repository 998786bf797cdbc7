import type { LimitUse, Task } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Database } from '../mongodb/models/database';
import { IN_ONE_ANSWER } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { EVER } from '../mongodb/queries/index-first';

/** Nodes drop the jobs of a task that is paused or has ended, once they know: for this long they may not know. */
const DROPPED_AFTER_MS = 10_000;

const STANDING = ['task_id', 'status', 'cursor', 'paused_time', 'completed_time'] as const;
const sumOf = (...buckets: string[]) => ({
  $sum: { $add: buckets.map((bucket) => ({ $ifNull: [`$counts.${bucket}`, 0] })) },
});
const COUNTS = {
  closed: sumOf('completed_count', 'failed_count', 'timeout_count', 'cancelled_count'),
  cancelled: sumOf('cancelled_count'),
  assigned: sumOf('assigned_count'),
  scanning: sumOf('scanning_count'),
  retrying: sumOf('retry_count'),
};
type Counts = Record<keyof typeof COUNTS, number>;
const NO_COUNTS: Counts = { closed: 0, cancelled: 0, assigned: 0, scanning: 0, retrying: 0 };
const NO_RETRIES = { unsent: 0, sent: 0 };

/**
 * What of each of these tasks counts against its limits; tasks without anything are missing. Read while no other sender
 * sends any of it. The order of the reads makes every number too high rather than too low: a subtask that moves on
 * between two reads is counted where it was and where it is. What the ledger has beyond the cursor counts as sent.
 */
export async function readLimitUse(db: Database, taskIds: readonly string[]): Promise<Map<string, LimitUse>> {
  if (taskIds.length === 0) return new Map();
  // A retry that is sent or claimed meanwhile, by none but us, counts as open below. So the unsent ones come first.
  const retries = await countRetries(db, taskIds);
  const counts = await countSubTasks(db, taskIds);
  // A task that is cancelled meanwhile is read as such, and its closed retries are not counted twice.
  const tasks = await findTasks(db, taskIds, STANDING).toArray();
  const ahead = await countAhead(db, tasks);
  const neverSent = await countCancelledAhead(db, tasks, counts);
  const now = Date.now();
  return new Map(
    tasks.flatMap((task) => {
      const use = toUse(task, {
        ...(counts.get(task.task_id) ?? NO_COUNTS),
        ...(retries.get(task.task_id) ?? NO_RETRIES),
        ahead: ahead.get(task.task_id) ?? 0,
        neverSent: neverSent.get(task.task_id) ?? 0,
        now,
      });
      return use.outstanding > 0 ? [[task.task_id, use] as const] : [];
    }),
  );
}

function toUse(
  task: Pick<Task, (typeof STANDING)[number]>,
  {
    closed,
    assigned,
    scanning,
    retrying,
    unsent,
    sent,
    ahead,
    neverSent,
    now,
  }: Counts & typeof NO_RETRIES & { ahead: number; neverSent: number; now: number },
): LimitUse {
  const drops = isDropping(task, now);
  const held = assigned + scanning + Math.max(0, retrying - unsent - sent);
  const outstanding = Math.max(0, drops ? held : task.cursor + ahead - (closed - neverSent) - unsent);
  return { outstanding, not_begun: Math.max(0, outstanding - scanning) };
}

const DROPS = ['task_id', 'status', 'paused_time', 'completed_time'] as const;

/** Whether nodes drop the jobs of the task: then what they hold is all that is out. */
function isDropping(
  { status, paused_time, completed_time }: Pick<Task, (typeof DROPS)[number]>,
  now = Date.now(),
): boolean {
  const since = paused_time ?? completed_time;
  if (DISPATCHABLE_TASK_STATUSES.includes(status) || !since) return false;
  return now - since.getTime() > DROPPED_AFTER_MS;
}

/** Those of these tasks whose jobs nodes drop. */
export async function findDropping(db: Database, taskIds: readonly string[]): Promise<Set<string>> {
  const tasks = await findTasks(db, taskIds, DROPS).toArray();
  return new Set(tasks.filter((task) => isDropping(task)).map(({ task_id }) => task_id));
}

/** By task: the RETRYING subtasks that no node has claimed. The index has all that this reads. */
async function countRetries(db: Database, taskIds: readonly string[]): Promise<Map<string, typeof NO_RETRIES>> {
  const isSent = { $cond: [{ $gt: ['$retry_sent_time', EVER] }, 1, 0] };
  const groups = db.subTasks.aggregate<{ _id: string; all: number; sent: number }>(
    [
      { $match: { task_id: { $in: [...taskIds].sort() }, retry_due_time: { $gt: EVER } } },
      { $group: { _id: '$task_id', all: { $sum: 1 }, sent: { $sum: isSent } } },
    ],
    IN_ONE_ANSWER,
  );
  return new Map((await groups.toArray()).map(({ _id, all, sent }) => [_id, { unsent: all - sent, sent }]));
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
