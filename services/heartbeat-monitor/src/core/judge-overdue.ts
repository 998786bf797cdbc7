/**
 * What becomes of held subtasks past their deadline.
 * - Nobody is timed out unheard: it takes a heartbeat that came after the deadline. A node sends what it has to report before
 *   its next heartbeat, after an outage too, so its own word comes first. What is held by a node that is heard no more is
 *   the matter of the watch over silence, and costs no retry.
 * - A claim that waits for its paused task loses no time by it: its deadline is put off, and counted anew from the resume.
 */
import { type SubTask, type Task, toDeadline } from '@cyberstroll/contracts';

type PastSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'assigned_node' | 'started_time' | 'deadline'>;
type OpenTask = Pick<Task, 'task_id' | 'status' | 'config' | 'resumed_time'>;

export interface OverdueVerdict<Past> {
  overdue: Past[];
  /** By task: what of it gets which deadline. */
  putOff: { subTaskIds: string[]; until: Date }[];
}

export function judgeOverdue<Past extends PastSubTask>(
  past: readonly Past[],
  { tasks, lastSeen }: { tasks: readonly OpenTask[]; lastSeen: ReadonlyMap<string, Date> },
  now: Date,
): OverdueVerdict<Past> {
  const putOffUntil = new Map(tasks.map((task) => [task.task_id, toPutOff(task, now)]));
  const putOff = new Map<Date, string[]>();
  const overdue: Past[] = [];
  for (const subTask of past) {
    const { task_id, subtask_id, assigned_node = '', started_time, deadline = now } = subTask;
    const until = started_time ? undefined : putOffUntil.get(task_id);
    const seen = lastSeen.get(assigned_node);
    if (until) putOff.set(until, [...(putOff.get(until) ?? []), subtask_id]);
    else if (seen && seen > deadline) overdue.push(subTask);
  }
  return { overdue, putOff: [...putOff].map(([until, subTaskIds]) => ({ until, subTaskIds })) };
}

/** The deadline of what has not begun of a task that is paused, or was until lately. */
function toPutOff({ status, config, resumed_time }: OpenTask, now: Date): Date | undefined {
  const from = status === 'PAUSED' ? now : resumed_time;
  const until = from && toDeadline(from, config);
  return until && until > now ? until : undefined;
}
