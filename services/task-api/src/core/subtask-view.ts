import type { SubTask } from '@cyberstroll/contracts';

/** A subtask as clients see it. Its lease is left out: who knows it may speak for the node that holds it. */
export function toSubTaskView(subTask: SubTask): Omit<SubTask, 'lease_id' | 'rev'> {
  const { lease_id, rev, ...shown } = subTask;
  return shown;
}
