import { PAUSE_HOLDS_MS, type TaskControl } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/**
 * An operator may reopen an ended task. If the node misses the message `running`, it ignores the task for this long at
 * most.
 */
const ENDED_FOR_MS = 300_000;
const TASKS_KEPT = 10_000;
/**
 * The dispatcher repeats every pause every 2 s. It may have to reconnect first, or another replica has to become
 * leader.
 */
const WAIT_FOR_REPEAT_MS = 10_000;

/**
 * The tasks that control messages have paused or ended; every other task counts as running. Only a bounded number is
 * kept, each for a limited time. Forgetting one is harmless, because control messages say how a task stands and are
 * repeated. `now` is in milliseconds.
 */
export class ControlledTasks {
  #listeningSince = Number.NEGATIVE_INFINITY;
  /** Control messages were missed. Until this time a task may be paused although it is not in `#paused`. */
  #incompleteUntil = Number.NEGATIVE_INFINITY;
  /** Task ids, each with the time until which it counts as paused or ended. */
  readonly #paused = new BoundedMap<string, number>(TASKS_KEPT);
  readonly #ended = new BoundedMap<string, number>(TASKS_KEPT);

  note({ task_ids, state }: TaskControl, now: number): void {
    for (const taskId of task_ids) {
      this.#paused.delete(taskId);
      this.#ended.delete(taskId);
      if (state === 'paused') this.#paused.set(taskId, now + PAUSE_HOLDS_MS);
      if (state === 'ended') this.#ended.set(taskId, now + ENDED_FOR_MS);
    }
  }

  /** Control messages begin to arrive, or stop arriving. */
  noteListening(isListening: boolean, now: number): void {
    // The first time, no message was missed.
    if (isListening && this.isComplete(now)) return;
    this.#listeningSince = isListening ? now : Number.POSITIVE_INFINITY;
    this.#incompleteUntil = this.#listeningSince + WAIT_FOR_REPEAT_MS;
  }

  /** Every pause was repeated within the last `withinMs`. */
  noteRepeated(withinMs: number, now: number): void {
    if (now - withinMs >= this.#listeningSince) this.#incompleteUntil = now;
  }

  /** False after control messages were missed, until every pause has been repeated, for 10 s at most. */
  isComplete(now: number): boolean {
    return now >= this.#incompleteUntil;
  }

  stateOf(taskId: string, now: number): TaskControl['state'] {
    if (holds(this.#ended, taskId, now)) return 'ended';
    return holds(this.#paused, taskId, now) ? 'paused' : 'running';
  }

  pausedTasks(now: number): string[] {
    if (this.#paused.size === 0) return [];
    return [...this.#paused.keys()].filter((taskId) => holds(this.#paused, taskId, now));
  }
}

/** Whether the task's time is not over; forgets it otherwise. */
function holds(tasks: Map<string, number>, taskId: string, now: number): boolean {
  const until = tasks.get(taskId);
  if (until === undefined) return false;
  if (until <= now) tasks.delete(taskId);
  return until > now;
}
