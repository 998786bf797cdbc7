import type { SubTaskUpdate } from '@cyberstroll/contracts';
import type { OpenSubTask } from './to-cancel-updates';

const REASON = 'it was open, and nobody went on with it';

/** Fails what is open and with nobody as if its node were lost: so it is tried anew, and costs no retry. */
export function toUnownedUpdates(subTasks: readonly OpenSubTask[], now: Date): SubTaskUpdate[] {
  return subTasks.map(({ task_id, subtask_id, ip, attempt, lease_id }) => ({
    task_id,
    subtask_id,
    ip,
    attempt,
    ...(lease_id === undefined ? {} : { lease_id }),
    status: 'FAILED',
    completed_time: now.toISOString(),
    error_info: { error_code: 'NODE_LOST', error_message: REASON },
    reason: REASON,
  }));
}
