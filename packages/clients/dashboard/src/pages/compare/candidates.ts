import type { Task } from '@cyberstroll/client';
import { hasEnded } from '../../states/states';

/** Why a task is offered for a comparison, the best reason first. */
const RELATIONS = ['origin', 'again', 'same_targets', 'other'] as const;
export type Relation = (typeof RELATIONS)[number];

export interface Candidate {
  task: Task;
  relation: Relation;
}

/** Tasks to compare a task with: those that scan the same, the nearest first, and the newest of these. */
export const toCandidates = (of: Task, tasks: readonly Task[]): Candidate[] =>
  tasks
    .filter(({ task_id }, i) => task_id !== of.task_id && tasks.findIndex((each) => each.task_id === task_id) === i)
    .map((task) => ({ task, relation: toRelation(of, task) }))
    .sort(
      (a, b) =>
        RELATIONS.indexOf(a.relation) - RELATIONS.indexOf(b.relation) || (a.task.task_id < b.task.task_id ? 1 : -1),
    );

/** The run before: the latest older one that has ended, of the same schedule, or else with the same targets. */
export function findBefore(of: Task, tasks: readonly Task[]): Task | undefined {
  const older = tasks
    .filter(({ task_id, status }) => task_id < of.task_id && hasEnded(status))
    .sort((a, b) => (a.task_id < b.task_id ? 1 : -1));
  return (
    older.find(({ schedule_id }) => schedule_id !== undefined && schedule_id === of.schedule_id) ??
    older.find(({ task_target }) => task_target === of.task_target)
  );
}

function toRelation(of: Task, task: Task): Relation {
  if (task.task_id === of.from_task) return 'origin';
  if (task.from_task === of.task_id) return 'again';
  return task.task_target === of.task_target ? 'same_targets' : 'other';
}

/** The first address or network of a task's targets: tasks that scan it, too, may scan the same. */
export const toFirstTarget = (text: string): string | undefined =>
  /^\s*([0-9a-f.:]+(\/\d+)?)\s*([,\s-]|$)/i.exec(text)?.[1];

/** From the older task to the newer one: an id begins with the time at which it was made. */
export const toComparePath = (one: string, other: string): string =>
  one < other ? `/tasks/${one}/compare/${other}` : `/tasks/${other}/compare/${one}`;
