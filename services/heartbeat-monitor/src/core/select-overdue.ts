/**
 * What becomes of held subtasks past their deadline.
 * - Nobody is timed out unheard: it takes a heartbeat that came after the deadline, from the process that holds the subtask. What is held
 *   by a process that is heard no more is the matter of the watch over silence, and costs no retry.
 * - Nobody is timed out who has reported: a heartbeat lists all that its node has not seen confirmed. What is not in it has its report
 *   on the way to an updater (or was forgotten, which is found by `find-zombies.ts`). A report that comes later is still before
 *   ours in the queue.
 * - A claim that waits for its paused task loses no time by it: its deadline is put off, and counted anew from the resume.
 */
import { MAX_CURRENT_TASKS, type Node, type SubTask, type Task, toDeadline } from '@cyberstroll/contracts';
import { findLastHeard, isPresent } from './find-process';

type PastSubTask = Pick<
  SubTask,
  'task_id' | 'subtask_id' | 'assigned_node' | 'assigned_instance' | 'started_time' | 'deadline'
>;
type OpenTask = Pick<Task, 'task_id' | 'status' | 'config' | 'resumed_time'>;
export type HoldingNode = Pick<Node, 'node_id' | 'instance_id' | 'last_seen' | 'rivals' | 'current_tasks'>;

export interface OverdueVerdict<Past> {
  overdue: Past[];
  /** By task: what of it gets which deadline. */
  putOff: { subTaskIds: string[]; until: Date }[];
}

export function judgeOverdue<Past extends PastSubTask>(
  past: readonly Past[],
  { tasks, nodes }: { tasks: readonly OpenTask[]; nodes: readonly HoldingNode[] },
  now: Date,
): OverdueVerdict<Past> {
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
    // Of another process than the present one it is not known what it lists.
    else if (!isPresent(node!, assigned_instance) || node!.listed?.has(subtask_id) !== false) overdue.push(subTask);
  }
  return { overdue, putOff: [...putOff].map(([until, subTaskIds]) => ({ until, subTaskIds })) };
}

/** Undefined where its list is full, and says nothing about what is not in it. */
const toListed = ({ current_tasks }: HoldingNode): ReadonlySet<string> | undefined =>
  current_tasks.length >= MAX_CURRENT_TASKS ? undefined : new Set(current_tasks.map(({ subtask_id }) => subtask_id));

/** The deadline of what has not begun of a task that is paused, or was until lately. */
function toPutOff({ status, config, resumed_time }: OpenTask, now: Date): Date | undefined {
  const from = status === 'PAUSED' ? now : resumed_time;
  const until = from && toDeadline(from, config);
  return until && until > now ? until : undefined;
}
