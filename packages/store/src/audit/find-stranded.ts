import type { SubTaskStatus } from '@cyberstroll/state-machine';
import type { StrandedSubTask } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/models/database';

const IS_HELD = {
  assigned_node: { $exists: true },
  lease_id: { $exists: true },
  deadline: { $exists: true },
};
const WAITS_FOR_RETRY = { retry_due_time: { $exists: true }, lease_id: { $exists: false } };

/**
 * By status: the owners that a subtask may have. The dispatcher does not look at a PENDING subtask that has a
 * document.
 */
const OWNED: Partial<Record<SubTaskStatus, object[]>> = {
  PENDING: [],
  ASSIGNED: [IS_HELD],
  SCANNING: [IS_HELD],
  RETRYING: [IS_HELD, WAITS_FOR_RETRY],
};

const PROJECTION = { _id: 0, task_id: 1, subtask_id: 1, ip: 1, status: 1, attempt: 1, lease_id: 1 };

/**
 * Open subtasks of a task that no sweep would ever find, up to `limit`: held by no node, held without a deadline,
 * RETRYING without a time for the retry, or PENDING with a document. An update never leaves one behind. At most
 * `maxSubTasks` of each status are looked at, the lowest indexes first.
 */
export async function findStranded(
  db: Database,
  taskId: string,
  { limit, maxSubTasks }: { limit: number; maxSubTasks: number },
  session?: ClientSession,
): Promise<StrandedSubTask[]> {
  const found: StrandedSubTask[] = [];
  for (const [status, owners] of Object.entries(OWNED)) {
    const stages = [
      { $match: { task_id: taskId, status } },
      { $limit: maxSubTasks },
      ...(owners.length > 0 ? [{ $match: { $nor: owners } }] : []),
      { $limit: limit },
      { $project: PROJECTION },
    ];
    const some = await db.subTasks.aggregate<StrandedSubTask>(stages, session && { session }).toArray();
    found.push(...some);
  }
  return found.slice(0, limit);
}
