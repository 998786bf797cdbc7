import type { Job } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/** Milliseconds from each arrival to its return; after these the job is taken. */
const RETURN_AFTER_MS = [0, 1_000, 0];
const JOBS_KEPT = 1_000;

/**
 * Jobs that are meant for another node than this one, and came here. Each goes back at once, and another that has room gets
 * it. Comes it again, none had: it goes back in a moment, and once more at once, since the broker serves in turns and the
 * turn may have been ours. Then it is taken, for nobody else comes. Up to RabbitMQ 4.2 each return counts towards the
 * queue's delivery limit, so they are few.
 */
export class HandedBack {
  readonly #times = new BoundedMap<string, number>(JOBS_KEPT);

  /** Counts an arrival: milliseconds until the job is to go back, undefined where it is to be taken. */
  countArrival(subtasks: Job['subtasks']): number | undefined {
    const { subtask_id, attempt } = subtasks[0]!;
    const key = `${subtask_id} ${attempt}`;
    const times = this.#times.get(key) ?? 0;
    this.#times.set(key, times + 1);
    return RETURN_AFTER_MS[times];
  }
}
