import type { SubTask, WaitingReason } from '@cyberstroll/contracts';

export type SubTaskView = Omit<SubTask, 'lease_id'> & { waiting_reason?: WaitingReason };

/** A subtask as clients see it. Its lease is left out: who knows it may speak for the node that holds it. */
export function toSubTaskView(subTask: SubTask, waiting_reason?: WaitingReason): SubTaskView {
  const { lease_id, ...shown } = subTask;
  return { ...shown, ...(waiting_reason && { waiting_reason }) };
}
