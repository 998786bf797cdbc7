import { taskTable } from '@cyberstroll/state-machine';
import { applyTaskTransitions } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER } from '../mongodb/models/fields';
import { toTransitionWrite } from './write-task';

const QUEUED_BY = ['task_id', 'rev', 'status', 'status_history', 'started_time'] as const;

/**
 * Takes CREATED tasks to QUEUED by one command. Resolves with those that it took there: a task that another writer has
 * changed meanwhile stays as it is.
 */
export async function queueTasks(
  { tasks }: Database,
  taskIds: readonly string[],
  reason: string,
  operator: string,
): Promise<string[]> {
  if (taskIds.length === 0) return [];
  const named = { task_id: { $in: [...taskIds] } };
  const created = await findFields(tasks, { ...named, status: taskTable.initial }, QUEUED_BY, IN_ONE_ANSWER).toArray();
  if (created.length === 0) return [];
  const now = new Date();
  const steps = [{ status: 'QUEUED', reason }] as const;
  const { matchedCount } = await tasks.bulkWrite(
    created.map((task) => ({
      updateOne: {
        filter: { task_id: task.task_id, rev: task.rev },
        update: toTransitionWrite(applyTaskTransitions(task, steps, operator, now)),
      },
    })),
    { ordered: false },
  );
  const ids = created.map(({ task_id }) => task_id);
  if (matchedCount === ids.length) return ids;
  const found = await findFields(tasks, named, ['task_id', 'status_history'], IN_ONE_ANSWER).toArray();
  const isOurs = ({ status, timestamp }: (typeof created)[number]['status_history'][number]) =>
    status === 'QUEUED' && timestamp.getTime() === now.getTime();
  const ours = new Set(found.filter((task) => task.status_history.some(isOurs)).map(({ task_id }) => task_id));
  return ids.filter((id) => ours.has(id));
}
