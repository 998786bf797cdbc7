import { toSentence } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { isSilent, toOverdueUpdates } from '@cyberstroll/task-state';
import { findAppliedUntil } from '../adapters/applied-until';
import { selectOverdue } from '../core/select-overdue';
import { OPERATOR } from '../operator';
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

/** Tasks that one pass ends. The next pass finds the others. */
const MAX_TASKS = 500;

/**
 * Ends tasks past their timeout as TIMEOUT. Their nodes are informed at once; retry-scheduler cancels their open
 * subtasks. While updates wait to be applied, a task ends only if it was overdue before the oldest of them was sent:
 * the others are results in time. Resolves with undefined if no task is overdue: then the next pass may be a little
 * later.
 */
export async function timeOutTasksOnce(
  deps: { store: Pick<Store, 'tasks' | 'queueLag'>; publisher: Publisher; logger: Logger },
  now: Date,
): Promise<Counts | undefined> {
  const { store } = deps;
  // Most passes end here, after one read.
  if ((await store.tasks.findOverdue(now, 1)).length === 0) return undefined;
  const overdue = await store.tasks.findOverdue(await findAppliedUntil(store, now), MAX_TASKS);
  if (overdue.length === 0) return undefined;
  let timedOut = 0;
  for (const { task_id, config } of overdue) {
    const reason = toSentence('ran_too_long', { timeout: config.timeout });
    if (!(await timeOutTask(store, task_id, reason))) continue;
    timedOut++;
    const transitions = [{ status: 'TIMEOUT', reason }] as const;
    await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: now });
  }
  return { timed_out: timedOut };
}

/** False if the task has ended meanwhile. */
async function timeOutTask(store: Pick<Store, 'tasks'>, taskId: string, reason: string): Promise<boolean> {
  try {
    return (await store.tasks.updateTaskStatus(taskId, 'TIMEOUT', reason, OPERATOR)).changed;
  } catch (error) {
    if (error instanceof AppError && (error.kind === 'conflict' || error.kind === 'missing')) return false;
    throw error;
  }
}
