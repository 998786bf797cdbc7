import type { Claim } from './claim';

/** The claims of this node, one per subtask. A claim waits for a slot, in order of arrival, or runs. */
export class ClaimBoard {
  readonly #held = new Map<string, Claim>();
  /** Insertion order is arrival order. */
  readonly #waiting = new Set<Claim>();
  readonly #waitingByTask = new Map<string, number>();

  get size(): number {
    return this.#held.size;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Claims that run or may start at any moment. Claims of paused tasks that wait are not counted. */
  countActive(isPaused: (taskId: string) => boolean): number {
    let paused = 0;
    for (const [taskId, count] of this.#waitingByTask) if (isPaused(taskId)) paused += count;
    return this.#held.size - paused;
  }

  add(claim: Claim): void {
    this.#held.set(claim.subtask_id, claim);
    this.#waiting.add(claim);
    this.#countWaiting(claim, 1);
  }

  find(subtaskId: string): Claim | undefined {
    return this.#held.get(subtaskId);
  }

  /** Removes the first waiting claim that may start from the queue; the node still holds it. */
  takeNext(mayStart: (claim: Claim) => boolean): Claim | undefined {
    for (const claim of this.#waiting) {
      if (!mayStart(claim)) continue;
      this.#leaveQueue(claim);
      return claim;
    }
    return undefined;
  }

  remove(claim: Claim): void {
    if (this.#held.get(claim.subtask_id) !== claim) return;
    this.#held.delete(claim.subtask_id);
    this.#leaveQueue(claim);
  }

  waiting(): Claim[] {
    return [...this.#waiting];
  }

  held(): IterableIterator<Claim> {
    return this.#held.values();
  }

  #leaveQueue(claim: Claim) {
    if (this.#waiting.delete(claim)) this.#countWaiting(claim, -1);
  }

  #countWaiting({ plan: { task_id } }: Claim, change: 1 | -1) {
    const count = (this.#waitingByTask.get(task_id) ?? 0) + change;
    if (count === 0) this.#waitingByTask.delete(task_id);
    else this.#waitingByTask.set(task_id, count);
  }
}
