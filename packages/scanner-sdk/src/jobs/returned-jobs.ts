import type { Job } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/** Milliseconds from each arrival to its return. At the arrival after these the job is taken. */
const RETURN_AFTER_MS = [0, 1_000, 0];
const JOBS_KEPT = 1_000;

/**
 * Jobs that should avoid this node and came here. At the first arrival the job goes back at once, so that another node
 * with a free slot can take it. If it comes back, no node had a free slot: it is returned after a second, then once
 * more at once, because the broker serves its consumers in turn and may have picked this node again. After that the
 * node takes the job, because no other node does. Up to RabbitMQ 4.2 each return counts towards the queue's delivery
 * limit, so there are only three.
 */
export class ReturnedJobs {
  readonly #arrivals = new BoundedMap<string, number>(JOBS_KEPT);

  /** Counts an arrival. Returns the milliseconds until the job is to go back, or undefined if it is to be taken. */
  countArrival({ job_id, subtasks }: Pick<Job, 'job_id' | 'subtasks'>): number | undefined {
    // A server of an earlier version sends no id.
    const { subtask_id, attempt } = subtasks[0]!;
    const key = job_id ?? `${subtask_id} ${attempt}`;
    const before = this.#arrivals.get(key) ?? 0;
    this.#arrivals.set(key, before + 1);
    return RETURN_AFTER_MS[before];
  }
}
