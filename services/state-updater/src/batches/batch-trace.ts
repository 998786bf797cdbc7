import { isTracing, readTraceparent, type Span, startSpan } from '@cyberstroll/runtime';
import type { IncomingUpdate } from '@cyberstroll/task-state';

/** One span is linked with this many traces of a task at most. */
const MAX_LINKS = 32;

/**
 * The traces of a batch of envelopes: a span per task and transaction, whatever the number of updates. The work of the
 * first sender is its parent; the work of other senders is linked. Without a recorder it costs one check per envelope.
 */
export class BatchTrace {
  readonly #parents = new Map<string, Set<string>>();

  /** Adds the traces of one envelope. */
  add(traces: Readonly<Record<string, unknown>> | undefined): void {
    if (!traces || !isTracing()) return;
    for (const [taskId, value] of Object.entries(traces)) {
      const traceparent = readTraceparent(value);
      if (traceparent === undefined) continue;
      const known = this.#parents.get(taskId);
      if (!known) this.#parents.set(taskId, new Set([traceparent]));
      else if (known.size <= MAX_LINKS) known.add(traceparent);
    }
  }

  /** By task, the spans of one transaction. Empty if nothing is traced. */
  startSpans(part: readonly IncomingUpdate[]): Map<string, Span> {
    const spans = new Map<string, Span>();
    if (this.#parents.size === 0) return spans;
    const counts = new Map<string, number>();
    for (const { update } of part) counts.set(update.task_id, (counts.get(update.task_id) ?? 0) + 1);
    for (const [taskId, updates] of counts) {
      const [parent, ...links] = this.#parents.get(taskId) ?? [];
      if (parent === undefined) continue;
      const attributes = { 'cyberstroll.task_id': taskId, 'cyberstroll.updates': updates };
      spans.set(taskId, startSpan('apply updates', { kind: 'consumer', parent, links, attributes }));
    }
    return spans;
  }
}
