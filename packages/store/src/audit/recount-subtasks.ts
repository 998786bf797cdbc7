/**
 * Counts a task's subtasks from their documents. If one transaction may count all of them, the result is right as of
 * its moment.
 *
 * If there are more, one slice of indexes is counted at a time. The sum is right if the counters at the end are the
 * same as at the beginning, since every update of a subtask changes them in its own transaction. So a recount never
 * blocks a task, and a task that is too large for one transaction is recounted while its counters do not move: paused,
 * stuck or at its end.
 */

import { BUCKET_OF_STATUS, NO_TOUCHED, type TouchedCounts } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';
import type { TaskCounters } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { indexRange } from '../mongodb/models/subtask-object-id';

export interface Recounted {
  touched: TouchedCounts;
  /** PENDING documents. No counter counts them, and the dispatcher treats them as touched. */
  pending: number;
}

/** The progress of a recount in slices. */
export interface SlicedRecount {
  /** The state of the counters when it began. */
  mark: string;
  /** The first index that is not counted yet. */
  next: number;
  recounted: Recounted;
}

/** `seq` alone would be enough, except after somebody changed the counters by hand. */
export const toMark = ({ seq, touched }: Pick<TaskCounters, 'seq' | 'touched'>): string =>
  [seq, ...Object.values(touched)].join(' ');

export const beginSlices = (mark: string): SlicedRecount => ({
  mark,
  next: 0,
  recounted: { touched: NO_TOUCHED, pending: 0 },
});

/** Counts the next `size` indexes. */
export async function countSlice(
  db: Database,
  taskId: string,
  { mark, next, recounted }: SlicedRecount,
  size: number,
  session: ClientSession,
): Promise<SlicedRecount> {
  const match = { _id: indexRange(taskId, next, next + size - 1) };
  return { mark, next: next + size, recounted: await count(db, [{ $match: match }], recounted, session) };
}

/** Counts all of them. Undefined if there are more than `max`. */
export async function countAll(
  db: Database,
  taskId: string,
  max: number,
  session: ClientSession,
): Promise<Recounted | undefined> {
  const stages = [{ $match: { task_id: taskId } }, { $limit: max + 1 }];
  const counted = await count(db, stages, { touched: NO_TOUCHED, pending: 0 }, session);
  const sum = Object.values(counted.touched).reduce((total, each) => total + each, counted.pending);
  return sum > max ? undefined : counted;
}

async function count(db: Database, stages: object[], before: Recounted, session: ClientSession): Promise<Recounted> {
  const groups = await db.subTasks
    .aggregate<{ _id: SubTaskStatus; count: number }>([...stages, { $group: { _id: '$status', count: { $sum: 1 } } }], {
      session,
    })
    .toArray();
  const touched = { ...before.touched };
  let { pending } = before;
  for (const group of groups) {
    const bucket = BUCKET_OF_STATUS[group._id];
    if (bucket === 'pending_count') pending += group.count;
    else if (bucket) touched[bucket] += group.count;
  }
  return { touched, pending };
}
