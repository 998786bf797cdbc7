import type { TaskConfig } from '@cyberstroll/contracts';

/** The time past `subtask_timeout` before the server calls an attempt overdue: the node's own report comes first. */
const DEADLINE_GRACE_MS = 5_000;

/** When an attempt is out of time that is claimed, begins, or may continue at `from`. */
export const toDeadline = (from: Date, { subtask_timeout }: Pick<TaskConfig, 'subtask_timeout'>): Date =>
  new Date(from.getTime() + subtask_timeout * 1_000 + DEADLINE_GRACE_MS);
