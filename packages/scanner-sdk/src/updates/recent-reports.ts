import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';

const REPORTS_KEPT = 2_000;
/** A result of more entries is not worth its memory: such an address is scanned anew. */
const LARGEST_KEPT = 256;

/**
 * The last word on what was finished lately. A job that comes a second time (its ack was lost, or the server missed the
 * reports) is answered from here: the same words under the same lease count as a duplicate, another scan under another lease
 * would be for nothing.
 */
export class RecentReports {
  readonly #reports = new BoundedMap<string, SubTaskUpdate>(REPORTS_KEPT);

  keep(update: SubTaskUpdate): void {
    const { open_ports = [], services = [] } = update.scan_result ?? {};
    if (open_ports.length + services.length > LARGEST_KEPT) return;
    this.#reports.set(update.subtask_id, update);
  }

  find(subtaskId: string, attempt: number): SubTaskUpdate | undefined {
    const update = this.#reports.get(subtaskId);
    return update?.attempt === attempt ? update : undefined;
  }
}
