import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { isSilent, toOverdueUpdates } from '@cyberstroll/task-state';
import { findAppliedUntil } from '../adapters/find-applied-until';
import { selectOverdue } from '../core/select-overdue';
import type { FailDeps } from './fail-held';

const MAX_SUBTASKS = 5_000;

/**
 * Times out subtasks past their deadline if the process that holds them sends heartbeats and still lists them. While
 * updates wait to be applied, only deadlines before the oldest waiting update count: a report that a node sent in time
 * may be among the waiting ones.
 */
export async function timeOutSubTasksOnce(
  { store, updates, timeoutMs }: FailDeps & { store: Pick<Store, 'tasks' | 'nodes' | 'queueLag'>; timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const heard = (await store.nodes.findOnline()).filter((node) => !isSilent(node, now, timeoutMs));
  const names = heard.map(({ node_id }) => node_id);
  const appliedUntil = await findAppliedUntil(store, now);
  const past = await store.subTasks.findOverdue({ now: appliedUntil, nodes: names, limit: MAX_SUBTASKS });
  if (past.length === 0) return { timed_out: 0 };
  // Read the nodes after the subtasks: then their lists do not have a subtask that was reported before these
  // heartbeats.
  const nodes = await store.nodes.findNodes([...new Set(past.map(({ assigned_node = '' }) => assigned_node))]);
  const waiting = new Set(past.filter(({ started_time }) => !started_time).map(({ task_id }) => task_id));
  const tasks = waiting.size > 0 ? await store.tasks.findOpen([...waiting]) : [];
  const { overdue, putOff } = selectOverdue(past, { tasks, nodes }, now);
  for (const { subTaskIds, until } of putOff) await store.subTasks.putOffDeadlines(subTaskIds, until);
  return { timed_out: await updates.send(toOverdueUpdates(overdue, now), now) };
}
