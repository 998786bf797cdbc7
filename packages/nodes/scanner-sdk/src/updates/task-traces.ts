import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

const TRACES_KEPT = 1_000;

/** The traceparent of the newest job of each recent task. Envelopes carry it beside the updates of the task. */
export class TaskTraces {
  readonly #traces = new BoundedMap<string, string>(TRACES_KEPT);

  note(taskId: string, traceparent: string): void {
    this.#traces.set(taskId, traceparent);
  }

  /** The traceparents for an envelope of these updates, by task; undefined if none of the tasks is traced. */
  findFor(updates: readonly SubTaskUpdate[]): Record<string, string> | undefined {
    if (this.#traces.size === 0) return undefined;
    const found: Record<string, string> = {};
    let last: string | undefined;
    for (const { task_id } of updates) {
      if (task_id === last) continue;
      last = task_id;
      const traceparent = this.#traces.get(task_id);
      if (traceparent !== undefined) found[task_id] = traceparent;
    }
    return Object.keys(found).length > 0 ? found : undefined;
  }
}
