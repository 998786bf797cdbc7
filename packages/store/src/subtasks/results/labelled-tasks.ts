import { AppError } from '@cyberstroll/runtime';
import { NOT_DELETING } from '../../counters/read-counters';
import type { Database } from '../../mongodb/models/database';
import { findFields } from '../../mongodb/models/fields';

/** Tasks that one list of results reads at most. */
const MAX_TASKS = 200;

export interface LabelQuery {
  label: string;
  /** Only this task. */
  task_id?: string | undefined;
  /** Only tasks that may have results of this time. */
  after?: string | undefined;
  before?: string | undefined;
}

/** The tasks with a label, by the index of labels, the newest created first. */
export function findLabelled(db: Database, { label, task_id, after, before }: LabelQuery) {
  const filter = {
    labels: label,
    ...(task_id !== undefined && { task_id }),
    ...(before !== undefined && { created_time: { $lt: new Date(before) } }),
    ...(after !== undefined && {
      $or: [{ completed_time: { $exists: false } }, { completed_time: { $gte: new Date(after) } }],
    }),
    ...NOT_DELETING,
  };
  const fields = ['task_id', 'progress.total_targets'] as const;
  return findFields(db.tasks, filter, fields).sort({ created_time: -1, _id: -1 });
}

/** The tasks of a label by falling id, with the number of their targets. Rejects with AppError if they are too many. */
export async function findLabelledTasks(
  db: Database,
  query: LabelQuery,
): Promise<{ task_id: string; count: number }[]> {
  const found = await findLabelled(db, query)
    .limit(MAX_TASKS + 1)
    .toArray();
  if (found.length > MAX_TASKS) {
    const detail = `label: more than ${MAX_TASKS} tasks have it: narrow them by after and before, or name one by task_id`;
    throw new AppError('invalid_query', { detail, field: 'label', limit: MAX_TASKS });
  }
  const tasks = found.map(({ task_id, progress }) => ({ task_id, count: progress.total_targets }));
  return tasks.sort((a, b) => (a.task_id < b.task_id ? 1 : -1));
}
