import { MAX_CONTROL_TASKS, toPortions } from '@cyberstroll/contracts';
import { type Publisher, sendControl } from '@cyberstroll/messaging';

/** Milliseconds between two reminders of one task: claims that were on their way at its pause need one. */
const REMIND_AGAIN_MS = 1_000;

/**
 * Publishes a pause once more when a node claims something of the task. task-api publishes it after its commit, and the
 * dispatcher repeats it. But the one may die in between, the other needs some seconds to be replaced, and a node that
 * has just started has received no pause yet.
 */
export function createPauseReminder(publisher: Pick<Publisher, 'tryPublish'>): (taskIds: readonly string[]) => void {
  /** By task: when nodes were reminded. */
  const reminded = new Map<string, number>();
  return (taskIds) => {
    const now = performance.now();
    for (const [taskId, at] of reminded) if (now - at >= REMIND_AGAIN_MS) reminded.delete(taskId);
    const due = taskIds.filter((taskId) => !reminded.has(taskId));
    for (const taskId of due) reminded.set(taskId, now);
    for (const task_ids of toPortions(due, MAX_CONTROL_TASKS)) sendControl(publisher, { task_ids, state: 'paused' });
  };
}
