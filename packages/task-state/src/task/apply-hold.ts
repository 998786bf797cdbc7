/**
 * What a hold does to the clock of its task: the clock stops while the task is held, as it does while the task is
 * PAUSED, and never twice.
 */
import type { Hold, Task } from '@cyberstroll/contracts';
import { toHeldSeconds } from '../task-clock';
import type { TaskFieldChanges } from './apply-transitions';

type HeldTask = Parameters<typeof toHeldSeconds>[0] & Pick<Task, 'paused_seconds'>;

/**
 * The fields of a task whose hold begins, changes or ends (undefined). When it ends, jobs that nodes have dropped
 * meanwhile are sent again, as after a pause.
 */
export function applyHold(task: HeldTask, hold: Hold | undefined, now: Date): TaskFieldChanges {
  const isPaused = task.status === 'PAUSED';
  if (hold) return { set: { hold, ...(!task.hold && !isPaused && { paused_time: now }) }, unset: [] };
  if (!task.hold) return { set: {}, unset: [] };
  if (isPaused) return { set: {}, unset: ['hold'] };
  const held_seconds = toHeldSeconds(task, now);
  const paused_seconds = task.paused_seconds + held_seconds - (task.held_seconds ?? 0);
  return { set: { resumed_time: now, held_seconds, paused_seconds }, unset: ['hold', 'paused_time'] };
}
