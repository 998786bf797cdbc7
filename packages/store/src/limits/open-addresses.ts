import type { OpenAddress } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { IN_ONE_ANSWER } from '../mongodb/models/fields';
import { toSubTaskIndex, toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { anyOf, EVER, indexFirst } from '../mongodb/queries/index-first';
import { findDropping } from './limit-use';

interface Place {
  task_id: string;
  index: number;
  /** Where a node has begun it. */
  status?: string;
}

/**
 * Which addresses of these tasks are sent out and not closed: what `readLimitUse` counts, one by one, for limits that
 * depend on the address. Those that are not asked for are left out. Read while no other sender sends any of it. The
 * order of the reads follows a subtask on its way, so that one that moves between two reads is found at least once:
 * from the ledger, or from a retry that was sent, to the node that holds it.
 */
export async function readOpenAddresses(
  db: Database,
  taskIds: readonly string[],
  isAsked: (taskId: string, index: number) => boolean,
  now: Date,
): Promise<OpenAddress[]> {
  if (taskIds.length === 0) return [];
  const dropping = await findDropping(db, taskIds, now);
  const sending = taskIds.filter((taskId) => !dropping.has(taskId));
  const untouched = await findUntouched(db, sending, isAsked);
  const retries = await findSentRetries(db, sending);
  const held = await findHeld(db, taskIds);
  const open = new Map<string, OpenAddress>();
  for (const { task_id: taskId, index, status } of [...untouched, ...retries, ...held]) {
    const begun = status === 'SCANNING';
    // What waits at a node does not begin either.
    if (!begun && dropping.has(taskId)) continue;
    if (isAsked(taskId, index)) open.set(`${taskId}-${index}`, { taskId, index, begun });
  }
  return [...open.values()];
}

/** What the ledger has, before or beyond the cursor, and no node has begun. */
async function findUntouched(
  db: Database,
  taskIds: readonly string[],
  isAsked: (taskId: string, index: number) => boolean,
): Promise<Place[]> {
  const options = { ...IN_ONE_ANSWER, projection: { _id: 0, task_id: 1, first_index: 1, count: 1 } };
  const isSent = { waits: { $exists: false } };
  const chunks = await db.chunks.find({ task_id: { $in: [...taskIds] }, ...isSent }, options).toArray();
  const sent = chunks.flatMap(({ task_id, first_index, count }) =>
    Array.from({ length: count }, (_, n) => ({ task_id, index: first_index + n })).filter(({ index }) =>
      isAsked(task_id, index),
    ),
  );
  if (sent.length === 0) return [];
  const ids = sent.map(({ task_id, index }) => toSubTaskObjectId(task_id, index));
  const found = await db.subTasks.find({ _id: { $in: ids } }, { ...IN_ONE_ANSWER, projection: { _id: 1 } }).toArray();
  const touched = new Set(found.map(({ _id }) => _id.toHexString()));
  return sent.filter((_, n) => !touched.has(ids[n]!.toHexString()));
}

/** The retries that were sent and that no node has claimed. */
async function findSentRetries(db: Database, taskIds: readonly string[]): Promise<Place[]> {
  const known = { task_id: anyOf(taskIds), retry_due_time: { $gt: EVER } };
  const found = db.subTasks.find(indexFirst(known, { retry_sent_time: { $gt: EVER } }), {
    ...IN_ONE_ANSWER,
    projection: { task_id: 1 },
  });
  return (await found.toArray()).map(({ _id, task_id }) => ({ task_id, index: toSubTaskIndex(_id) }));
}

/** What nodes hold, with the retries that they have claimed. The index has all that this reads. */
async function findHeld(db: Database, taskIds: readonly string[]): Promise<Place[]> {
  const status = { $in: ['ASSIGNED', 'RETRYING', 'SCANNING'] as const };
  const filter = indexFirst({ task_id: anyOf(taskIds), status }, { assigned_node: { $gt: '' } });
  const projection = { _id: 0, task_id: 1, index: 1, status: 1 };
  return db.subTasks.find<Place>(filter, { ...IN_ONE_ANSWER, projection }).toArray();
}
