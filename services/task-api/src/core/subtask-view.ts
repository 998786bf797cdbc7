import type { SubTask, WaitingReason } from '@cyberstroll/contracts';

export type SubTaskView = Omit<SubTask, 'lease_id' | 'has_open_ports'> & { waiting_reason?: WaitingReason };

/**
 * A subtask as clients see it. Its lease is left out: who knows it may speak for the node that holds it. `has_open_ports` repeats
 * `scan_result.open_ports`.
 */
export function toSubTaskView(subTask: SubTask, waiting_reason?: WaitingReason): SubTaskView {
  const { lease_id, has_open_ports, ...shown } = subTask;
  return { ...shown, ...(waiting_reason && { waiting_reason }) };
}
