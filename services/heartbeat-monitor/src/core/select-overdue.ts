/**
 * Which held subtasks past their deadline time out.
 * - A subtask times out only if the process that holds it sent a heartbeat after the deadline. If that process is
 *   silent, the subtask is lost with it (`fail-silent`, `fail-abandoned`), and that costs no retry.
 * - A subtask that its node has reported does not time out. A heartbeat lists everything whose report is not confirmed.
 *   A subtask that it does not list was reported, and the report is on its way to an updater (or the subtask is a
 *   zombie: `find-zombies.ts`). A report that is sent later is still in the queue before our update.
 * - A claim that waits for its paused or held task loses no time: its deadline is put off, and its time starts again
 *   when the task is resumed.
 */
import { MAX_CURRENT_TASKS, type Node, type SubTask, type Task } from '@cyberstroll/contracts';
import { toDeadline } from '@cyberstroll/task-state';
import { findLastHeard, isPresent } from './find-process';

type PastSubTask = Pick<
  SubTask,
  'task_id' | 'subtask_id' | 'assigned_node' | 'assigned_instance' | 'started_time' | 'deadline'
>;
type OpenTask = Pick<Task, 'task_id' | 'status' | 'config' | 'resumed_time'> & { hold?: object };
export type HoldingNode = Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'rivals' | 'current_tasks'>;

export interface OverdueSelection<Past> {
  overdue: Past[];
  /** Subtasks that get a later deadline; one entry per task. */
  putOff: { subTaskIds: string[]; until: Date }[];
}

export function selectOverdue<Past extends PastSubTask>(
  past: readonly Past[],
  { tasks, nodes }: { tasks: readonly OpenTask[]; nodes: readonly HoldingNode[] },
  now: Date,
): OverdueSelection<Past> {
  const putOffUntil = new Map(tasks.map((task) => [task.task_id, toPutOff(task, now)]));
  const nodeOf = new Map(nodes.map((node) => [node.node_id, { ...node, listed: toListed(node) }]));
  const putOff = new Map<Date, string[]>();
  const overdue: Past[] = [];
  for (const subTask of past) {
    const { task_id, subtask_id, assigned_node = '', assigned_instance, started_time, deadline = now } = subTask;
    const until = started_time ? undefined : putOffUntil.get(task_id);
    const node = nodeOf.get(assigned_node);
    const seen = node && findLastHeard(node, assigned_instance);
    if (until) putOff.set(until, [...(putOff.get(until) ?? []), subtask_id]);
    else if (!seen || seen <= deadline) continue;
    // Only the list of the node's present process is known.
    else if (!isPresent(node!, assigned_instance) || node!.listed?.has(subtask_id) !== false) overdue.push(subTask);
  }
  return { overdue, putOff: [...putOff].map(([until, subTaskIds]) => ({ until, subTaskIds })) };
}

/** Undefined if the list is full: then it says nothing about the subtasks that are not in it. */
const toListed = ({ current_tasks }: HoldingNode): ReadonlySet<string> | undefined =>
  current_tasks.length >= MAX_CURRENT_TASKS ? undefined : new Set(current_tasks.map(({ subtask_id }) => subtask_id));

/** The new deadline of subtasks that have not started, if their task is paused or held, or was just resumed. */
function toPutOff({ status, config, resumed_time, hold }: OpenTask, now: Date): Date | undefined {
  const from = status === 'PAUSED' || hold ? now : resumed_time;
  const until = from && toDeadline(from, config);
  return until && until > now ? until : undefined;
}
