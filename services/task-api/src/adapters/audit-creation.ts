import type { Owner } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';

/**
 * Adds the audit log's entry of a task that something else creates: `subject`, a schedule or a task. It names where
 * that was commanded from. Resolves with what completes the entry.
 */
export async function auditCreation(
  { store: { auditLog }, days }: { store: Pick<Store, 'auditLog'>; days: number },
  { operator, key_id, sender }: Owner,
  what: { subject: string; task_id: string },
  time: Date,
): Promise<(status: number) => Promise<void>> {
  if (!sender) return async () => undefined;
  const by = { operator, ...sender, ...(key_id !== undefined && { key_id }) };
  const id = await auditLog.add({ time, operation: 'createTask', ...what, ...by }, days);
  return (status) => auditLog.complete(id, { status });
}
