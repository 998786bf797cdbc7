import { PAUSE_HOLDS_MS, type TaskControl } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/**
 * An operator may reopen an ended task. If the node misses the message `running`, it ignores the task for this long at
 * most.
 */
const ENDED_FOR_MS = 300_000;
/** More than a server has paused at a time: to forget a pause would let its scans begin. */
const TASKS_KEPT = 100_000;

/**
 * The tasks that control messages have paused or ended; every other task counts as running. Only a bounded number is
 * kept, each for a limited time. `now` is in milliseconds on a monotonic clock. Pure.
 */
export class ControlledTasks {
  readonly #tasks = new BoundedMap<string, { state: 'paused' | 'ended'; until: number }>(TASKS_KEPT);

  /** Of one task the newest message counts. */
  note({ task_ids, state }: TaskControl, now: number): void {
    for (const taskId of task_ids) {
      this.#tasks.delete(taskId);
      if (state === 'running') continue;
      this.#tasks.set(taskId, { state, until: now + (state === 'paused' ? PAUSE_HOLDS_MS : ENDED_FOR_MS) });
    }
  }

  stateOf(taskId: string, now: number): TaskControl['state'] {
    const task = this.#tasks.get(taskId);
    return task && now < task.until ? task.state : 'running';
  }
}
