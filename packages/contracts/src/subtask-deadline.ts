import type { TaskConfig } from './task';

/** The time past `subtask_timeout` before the server calls an attempt overdue: the node's own report comes first. */
const DEADLINE_GRACE_MS = 5_000;

/** When an attempt has run out of time that is claimed, begins, or may go on at `from`. */
export const toDeadline = (from: Date, { subtask_timeout }: Pick<TaskConfig, 'subtask_timeout'>): Date =>
  new Date(from.getTime() + subtask_timeout * 1_000 + DEADLINE_GRACE_MS);
