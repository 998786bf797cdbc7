import type { Task } from '@cyberstroll/client';

/** Characters of targets that stand for a name. */
const MOST = 60;

/** The beginning of targets, which may be very long. */
export const cutTargets = (targets: string): string => (targets.length > MOST ? `${targets.slice(0, MOST)}…` : targets);

/** What a task is called everywhere: by its name, else by its targets. */
export const toTaskName = ({ name, task_target }: Pick<Task, 'name' | 'task_target'>): string =>
  name ?? cutTargets(task_target);
