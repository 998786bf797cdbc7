import { QUEUES } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

const { routingKey: FIRST_KEY } = QUEUES.stateUpdates;
const TASKS_KEPT = 1_000;

/** By task: the routing key for its updates, as its newest job names it. The key of the first queue always works. */
export class UpdateKeys {
  readonly #keys = new BoundedMap<string, string>(TASKS_KEPT);

  note(taskId: string, key: string = FIRST_KEY): void {
    if (key === FIRST_KEY) this.#keys.delete(taskId);
    else this.#keys.set(taskId, key);
  }

  of(taskId: string): string {
    return this.#keys.get(taskId) ?? FIRST_KEY;
  }

  /** No queue is bound by this key any more: its tasks use that of the first queue. */
  forget(key: string): void {
    for (const [taskId, other] of this.#keys) if (other === key) this.#keys.delete(taskId);
  }
}
