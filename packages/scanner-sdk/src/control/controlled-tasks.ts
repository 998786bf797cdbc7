import { PAUSE_HOLDS_MS, type TaskControl } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/** An ended task may be reopened by its operator; this bounds the harm of a missed `running`. */
const ENDED_FOR_MS = 300_000;
const ORDERS_KEPT = 10_000;
/** The dispatcher repeats every pause every 2 s. It may have to reconnect first, or its successor has to take over. */
const WAIT_FOR_REPEAT_MS = 10_000;

/**
 * How tasks stand, as heard on cs.control. Only what differs from running is kept, for a while and up to a bound: control
 * messages say how a task stands and are repeated, so to forget one is harmless. `now` is in milliseconds.
 */
export class TaskOrders {
  #listeningSince = Number.NEGATIVE_INFINITY;
  /** Control messages were missed. Until then a task may be paused although it is not in `#paused`. */
  #incompleteUntil = Number.NEGATIVE_INFINITY;
  /** Task ids, each with the time until which the order holds. */
  readonly #paused = new BoundedMap<string, number>(ORDERS_KEPT);
  readonly #ended = new BoundedMap<string, number>(ORDERS_KEPT);

  note({ task_id, state }: TaskControl, now: number): void {
    this.#paused.delete(task_id);
    this.#ended.delete(task_id);
    if (state === 'paused') this.#paused.set(task_id, now + PAUSE_HOLDS_MS);
    if (state === 'ended') this.#ended.set(task_id, now + ENDED_FOR_MS);
  }

  /** Control messages arrive from now on, or they do not. */
  noteListening(isListening: boolean, now: number): void {
    // The first time nothing was missed.
    if (isListening && this.isComplete(now)) return;
    this.#listeningSince = isListening ? now : Number.POSITIVE_INFINITY;
    this.#incompleteUntil = this.#listeningSince + WAIT_FOR_REPEAT_MS;
  }

  /** Every pause was repeated within the last `withinMs`. */
  noteRepeated(withinMs: number, now: number): void {
    if (now - withinMs >= this.#listeningSince) this.#incompleteUntil = now;
  }

  /** False after control messages were missed, until every pause was repeated, or for 10 s. */
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

function holds(orders: Map<string, number>, taskId: string, now: number): boolean {
  const until = orders.get(taskId);
  if (until === undefined) return false;
  if (until <= now) orders.delete(taskId);
  return until > now;
}
