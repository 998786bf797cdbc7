import {
  type Hold,
  MAX_REASON_LENGTH,
  type ReassignCause,
  type SubTask,
  type SubTaskUpdate,
  toSentence,
} from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import type { WholeExclusion } from '../exclusions/exclusions';

/**
 * Updates that services publish. Each names the attempt and the lease that the subtask has now, so it changes nothing
 * if the node's own report, or a newer attempt, comes first.
 */
export type PresentAttempt = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'attempt' | 'lease_id'>;
export type HeldAttempt = PresentAttempt & Pick<SubTask, 'assigned_node'>;

/** Fails the subtasks that a lost node held. Their retry is free. */
export const toNodeLostUpdates = (
  subTasks: readonly HeldAttempt[],
  reassigned: ReassignCause,
  reason: string,
  now: Date,
): SubTaskUpdate[] =>
  subTasks.map((subTask) => ({
    ...toNodeLost(subTask, toSentence('node_lost', { node: String(subTask.assigned_node), cause: reason }), now),
    reassigned,
  }));

/** Fails open subtasks that nobody works on, as if their node were lost. Their retry is free. */
export const toStrandedUpdates = (subTasks: readonly PresentAttempt[], now: Date): SubTaskUpdate[] =>
  subTasks.map((subTask) => toNodeLost(subTask, toSentence('stranded'), now));

/** Ends subtasks with TIMEOUT that did not end by their deadline. */
export const toOverdueUpdates = (subTasks: readonly HeldAttempt[], now: Date): SubTaskUpdate[] =>
  subTasks.map((subTask) => ({
    ...toEnd(subTask, now),
    status: 'TIMEOUT',
    reassigned: 'overdue',
    error_info: {
      error_code: 'SUBTASK_TIMEOUT',
      error_message: toSentence('not_ended_by_deadline', { node: String(subTask.assigned_node) }),
    },
    reason: toSentence('past_deadline'),
  }));

/** Fails what is under scan of a task whose hold aborts. Its retry is free, and is sent when the hold is over. */
export const toAbortedUpdates = (
  subTasks: readonly (PresentAttempt & { hold: Pick<Hold, 'code' | 'reason'> })[],
  now: Date,
): SubTaskUpdate[] =>
  subTasks.map(({ hold, ...subTask }) => {
    const reason = toAbortText(hold).slice(0, MAX_REASON_LENGTH);
    return {
      ...toEnd(subTask, now),
      status: 'FAILED',
      error_info: { error_code: 'TASK_HELD', error_message: reason },
      reason,
    };
  });

function toAbortText({ code, reason }: Pick<Hold, 'code' | 'reason'>): string {
  if (code === 'outside_window') return toSentence('aborted_outside_window', { when: reason });
  return toSentence(`aborted_${code}`, { reason });
}

/** Cancels the open subtasks of an ended task. */
export const toCancelUpdates = (subTasks: readonly PresentAttempt[], ended: TaskStatus, now: Date): SubTaskUpdate[] =>
  subTasks.map((subTask) => ({
    ...toEnd(subTask, now),
    status: 'CANCELLED',
    reason: toSentence('task_ended', { status: ended }),
  }));

/** What the reason of each subtask begins with that an exclusion has cancelled. */
export const EXCLUDED_REASON = toSentence('excluded', { reason: '' });

/** Cancels subtasks of open tasks whose addresses are excluded. Those that nobody has touched have no lease. */
export const toExcludedUpdates = (
  subTasks: readonly (PresentAttempt & { exclusion: Pick<WholeExclusion, 'reason'> })[],
  now: Date,
): SubTaskUpdate[] =>
  subTasks.map(({ exclusion, ...subTask }) => ({
    ...toEnd(subTask, now),
    status: 'CANCELLED',
    reason: toSentence('excluded', { reason: exclusion.reason }).slice(0, MAX_REASON_LENGTH),
  }));

/** Whether a service update cancels a subtask of an open task: then only its lease says to its node that it is lost. */
export const isExcludedUpdate = ({ status, reason }: Pick<SubTaskUpdate, 'status' | 'reason'>): boolean =>
  status === 'CANCELLED' && (reason?.startsWith(EXCLUDED_REASON) ?? false);

/**
 * An operator's retry of subtasks that failed or timed out. It names the attempt that failed, so a repeat is stale.
 */
export const toRetryUpdates = (
  subTasks: readonly Pick<SubTask, 'task_id' | 'subtask_id' | 'attempt'>[],
  reason: string,
): SubTaskUpdate[] =>
  subTasks.map(({ task_id, subtask_id, attempt }) => ({ task_id, subtask_id, attempt, status: 'RETRYING', reason }));

const toNodeLost = (subTask: PresentAttempt, reason: string, now: Date): SubTaskUpdate => ({
  ...toEnd(subTask, now),
  status: 'FAILED',
  error_info: { error_code: 'NODE_LOST', error_message: reason },
  reason,
});

const toEnd = ({ task_id, subtask_id, ip, attempt, lease_id }: PresentAttempt, now: Date) => ({
  task_id,
  subtask_id,
  ip,
  attempt,
  ...(lease_id !== undefined && { lease_id }),
  completed_time: now.toISOString(),
});
