import { createHash } from 'node:crypto';
import type { SubTask } from '@cyberstroll/contracts';
import type { TaskDump } from './evidence';

/** What a task came to, as one hash: states, counters and results; not when, and not how often it was written. */
export function hashOutcome({ task, counters, subTasks }: TaskDump): string {
  const { status, progress, settled } = task;
  const hash = createHash('sha256').update(
    JSON.stringify([status, progress, settled, Object.entries(counters).sort()]),
  );
  for (const subTask of [...subTasks].sort((a, b) => a.index - b.index)) hash.update(toOutcome(subTask));
  return hash.digest('hex');
}

/** The part of a document that no repeated update may change. */
export const toOutcome = ({ subtask_id, status, attempt, lease_id, assigned_node, ...rest }: SubTask): string => {
  const { retry_count, node_losses, scan_result, error_info, status_history } = rest;
  const path = status_history.map((entry) => `${entry.status}/${entry.attempt}/${entry.operator}`);
  return JSON.stringify([
    subtask_id,
    status,
    attempt,
    lease_id,
    assigned_node,
    retry_count,
    node_losses,
    scan_result,
    error_info?.error_code,
    path,
  ]);
};
