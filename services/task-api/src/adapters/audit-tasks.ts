import { type BulkAction, type ErrorCode, type OperationId, toHttpStatus } from '@cyberstroll/contracts';
import type { AuditedTask, OpenOperation, Store, TaskOutcome } from '@cyberstroll/store';

/** What the audit log names an action: the command that does the same to one task. */
const COMMANDS = {
  pause: 'pauseTask',
  resume: 'resumeTask',
  cancel: 'cancelTask',
  retry: 'retryTask',
  delete: 'deleteTask',
  label: 'changeTask',
  priority: 'changeTask',
} as const satisfies Record<BulkAction, OperationId>;

export type TasksAudit = ReturnType<typeof createTasksAudit>;

/**
 * The audit log's entry for the next tasks of an operation: one for all of them, which names the operation. It is
 * written before the first of these tasks is commanded.
 */
export function createTasksAudit(
  { auditLog, days }: { auditLog: Store['auditLog']; days: number },
  { operation_id, action, operator, key_id, sender, reason, task_ids }: OpenOperation,
  now: Date,
) {
  let auditId: string | undefined;
  const noted: AuditedTask[] = [];
  return {
    /** Writes down which tasks are commanded now. Called again, it does nothing. */
    async begin(): Promise<void> {
      if (!sender) return;
      const entry = {
        time: now,
        operation: COMMANDS[action],
        operator,
        ...sender,
        subject: operation_id,
        ...(key_id !== undefined && { key_id }),
        ...(reason !== undefined && { reason }),
        tasks: task_ids.map((task_id) => ({ task_id })),
      };
      auditId ??= await auditLog.add(entry, days);
    },
    note: (taskId: string, outcome: TaskOutcome | undefined): void =>
      void noted.push({ task_id: taskId, ...(outcome && toOutcome(outcome)) }),
    /** Completes the entry with the tasks that were noted. */
    async complete(): Promise<void> {
      if (auditId !== undefined) await auditLog.complete(auditId, { tasks: noted });
    },
  };
}

const toOutcome = (outcome: TaskOutcome): Omit<AuditedTask, 'task_id'> =>
  typeof outcome === 'string'
    ? { after: outcome, status: 200 }
    : { status: toHttpStatus(outcome.code as ErrorCode), code: outcome.code };
