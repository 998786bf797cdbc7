import type { Job } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

/** Milliseconds from each arrival to its return. At the arrival after these the job stays. */
const RETURN_AFTER_MS = [0, 1_000, 0];
/** Deliveries after which a job stays: many nodes may return it, and the queue's delivery limit is 20. */
const MOST_DELIVERIES = 10;
const JOBS_KEPT = 1_000;

/**
 * Jobs that are for other nodes and came here. At the first arrival the job goes back at once, so that another node
 * with a free slot can take it. If it comes back, no node had a free slot: it is returned after a second, then once
 * more at once, because the broker serves its consumers in turn and may have picked this node again. After that the job
 * stays, because no other node takes it. Up to RabbitMQ 4.2 each return counts towards the queue's delivery limit, so
 * there are only three.
 */
export class ReturnedJobs {
  readonly #arrivals = new BoundedMap<string, number>(JOBS_KEPT);

  /**
   * Counts an arrival. Returns the milliseconds until the job is to go back, or undefined if it stays. `deliveries` is
   * RabbitMQ's header `x-delivery-count`: how often the job was delivered before, to any node.
   */
  countArrival({ job_id, subtasks }: Pick<Job, 'job_id' | 'subtasks'>, deliveries: unknown): number | undefined {
    if (Number(deliveries) >= MOST_DELIVERIES) return undefined;
    // By the contract a job may have no id.
    const { subtask_id, attempt } = subtasks[0]!;
    const key = job_id ?? `${subtask_id} ${attempt}`;
    const before = this.#arrivals.get(key) ?? 0;
    this.#arrivals.set(key, before + 1);
    return RETURN_AFTER_MS[before];
  }
}
