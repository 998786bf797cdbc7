import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

const REPORTS_KEPT = 2_000;
/** Entries of a result that is kept. A larger one is not worth its memory: its address is scanned again. */
const LARGEST_KEPT = 256;

/**
 * The last update of each claim that ended recently. A job can come twice: its ack was lost, or the server missed the
 * reports. Then the node sends the same update again under the same lease, which counts as a duplicate. A second scan
 * under a new lease would be wasted. Also counts the ends of scans.
 */
export class RecentReports {
  readonly #reports = new BoundedMap<string, SubTaskUpdate>(REPORTS_KEPT);

  /** Scans that ended, each counted once. */
  readonly outcomes = { completed: 0, failed: 0, timed_out: 0 };

  /** Notes an update that is about to be sent. Only the last update of a claim is counted and kept. */
  note(update: SubTaskUpdate): void {
    if (!update.completed_time || this.find(update.subtask_id) === update) return;
    if (update.status === 'COMPLETED') this.outcomes.completed++;
    else if (update.status === 'TIMEOUT') this.outcomes.timed_out++;
    else this.outcomes.failed++;
    const { open_ports, services, ports, findings } = update.scan_result ?? {};
    const entries = [open_ports, services, ports, findings].flatMap((list) => list?.length ?? 0);
    if (entries.reduce((sum, count) => sum + count, 0) > LARGEST_KEPT) return;
    this.#reports.set(update.subtask_id, update);
  }

  /** The report of the attempt of a subtask that ended here last. */
  find(subtaskId: string): SubTaskUpdate | undefined {
    return this.#reports.get(subtaskId);
  }
}
