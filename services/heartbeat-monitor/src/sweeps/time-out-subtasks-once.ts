import { isSilent, QUEUES } from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import { toOverdueUpdates } from '@cyberstroll/task-state';
import { judgeOverdue } from '../core/select-overdue';
import type { FailDeps } from './fail-held';

const MAX_SUBTASKS = 5_000;

/**
 * Subtasks past their deadline, of processes that are heard and still list them. While updates wait to be applied, only those whose deadline
 * was before what waits was sent: what a node has reported in time may be among it.
 */
export async function timeOutSubTasksOnce(
  { store, updates, timeoutMs }: FailDeps & { timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const heard = (await store.waiting.findFleet()).filter((node) => !isSilent(node, now, timeoutMs));
  const names = heard.map(({ node_id }) => node_id);
  const lagMs = 1_000 * ((await store.queueLag.findLagSeconds(QUEUES.stateUpdates.name, now)) ?? 0);
  const appliedUntil = new Date(now.getTime() - lagMs);
  const past = await store.subTasks.findOverdue({ now: appliedUntil, nodes: names, limit: MAX_SUBTASKS });
  if (past.length === 0) return { timed_out: 0 };
  // Read after the subtasks: what was reported before these heartbeats is not in them.
  const nodes = await store.nodes.findNodes([...new Set(past.map(({ assigned_node = '' }) => assigned_node))]);
  const waiting = new Set(past.filter(({ started_time }) => !started_time).map(({ task_id }) => task_id));
  const tasks = waiting.size > 0 ? await store.tasks.findOpen([...waiting]) : [];
  const { overdue, putOff } = judgeOverdue(past, { tasks, nodes }, now);
  for (const { subTaskIds, until } of putOff) await store.subTasks.putOffDeadlines(subTaskIds, until);
  return { timed_out: await updates.send(toOverdueUpdates(overdue, now), now) };
}
