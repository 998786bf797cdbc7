import { isSilent } from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import { judgeOverdue } from '../core/judge-overdue';
import { toOverdueUpdates } from '../core/to-lost-updates';
import type { FailDeps } from './fail-held';

const MAX_SUBTASKS = 5_000;

/** Subtasks past their deadline, of nodes that are heard. */
export async function timeOutSubTasksOnce(
  { store, updates, timeoutMs }: FailDeps & { timeoutMs: number },
  now: Date,
): Promise<Counts> {
  const heard = (await store.waiting.findFleet()).filter((node) => !isSilent(node, now, timeoutMs));
  const lastSeen = new Map(heard.map(({ node_id, last_seen }) => [node_id, last_seen]));
  const past = await store.subTasks.findOverdue({ now, nodes: [...lastSeen.keys()], limit: MAX_SUBTASKS });
  const waiting = new Set(past.filter(({ started_time }) => !started_time).map(({ task_id }) => task_id));
  const tasks = waiting.size > 0 ? await store.tasks.findOpen([...waiting]) : [];
  const { overdue, putOff } = judgeOverdue(past, { tasks, lastSeen }, now);
  for (const { subTaskIds, until } of putOff) await store.subTasks.putOffDeadlines(subTaskIds, until);
  return { timed_out: await updates.send(toOverdueUpdates(overdue, now), now) };
}
