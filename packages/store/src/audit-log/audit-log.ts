/**
 * The audit log. A command is written down before it is carried out, and completed before it is answered. So a process
 * that dies in between leaves the entry of a command whose outcome is unknown, and never a command without an entry.
 * MongoDB deletes an entry once it has expired.
 */
import type { AuditEntry, AuditOutcome, ListAuditQuery, Page } from '@cyberstroll/contracts';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import type { AuditEntryDocument } from '../mongodb/models/documents';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { insertAbsent } from '../mongodb/queries/bulk-writes';
import { createSharedWrite } from '../mongodb/queries/shared-write';
import { takePage } from '../mongodb/queries/take-page';

/** One task of an entry about several. Without `status` its outcome is not known. */
export type AuditedTask = Required<AuditEntryDocument>['tasks'][number];

export type AuditLog = ReturnType<typeof createAuditLog>;

/** Commands of the same time share writes. */
const SHARED = { limit: 100, atOnce: 4 };

export function createAuditLog(db: Database) {
  const insert = createSharedWrite(
    (entries: readonly (AuditEntryDocument & { _id: mongo.ObjectId })[]) => insertAbsent(db.auditLog, entries),
    SHARED,
  );
  const complete = createSharedWrite(
    (some: readonly { audit_id: string; outcome: Parameters<AuditLog['complete']>[1] }[]) =>
      db.auditLog.bulkWrite(
        some.map(({ audit_id, outcome }) => ({
          updateOne: { filter: { audit_id, status: { $exists: false } }, update: { $set: outcome } },
        })),
        { ordered: false },
      ),
    SHARED,
  );

  return {
    /** Adds an entry that is kept for this many days. Resolves with its id. */
    async add(entry: Omit<AuditEntryDocument, 'audit_id' | 'expires'>, days: number): Promise<string> {
      const _id = new mongo.ObjectId();
      const audit_id = _id.toHexString();
      const expires = new Date(entry.time.getTime() + days * 86_400_000);
      await insert({ _id, audit_id, ...entry, expires });
      return audit_id;
    },
    /** Completes an entry, once: an entry that has an outcome keeps it. */
    complete: (audit_id: string, outcome: AuditOutcome | { tasks: AuditedTask[] }): Promise<void> =>
      complete({ audit_id, outcome }),
    /** Newest first. An entry about several tasks is found by the id of one, and is then shown as an entry about it. */
    async findPage({
      limit,
      cursor,
      after,
      before,
      task_id,
      ...equal
    }: Omit<ListAuditQuery, 'format'>): Promise<Page<AuditEntry>> {
      const time = { ...(after && { $gte: new Date(after) }), ...(before && { $lt: new Date(before) }) };
      const filter = {
        ...equal,
        ...(task_id === undefined
          ? { tasks: { $exists: false } }
          : { $or: [{ task_id }, { 'tasks.task_id': task_id, tasks: { $exists: true } }] }),
        ...(cursor && { audit_id: { $lt: cursor } }),
        ...(Object.keys(time).length > 0 && { time }),
      };
      const found = db.auditLog.find<AuditEntryDocument>(filter, WITHOUT_ID).sort({ audit_id: -1 });
      const page = await takePage(found, limit, ({ audit_id }) => audit_id);
      return { ...page, items: page.items.map((entry) => toView(entry, task_id)) };
    },
  };
}

const toView = ({ tasks, ...entry }: AuditEntryDocument, taskId: string | undefined): AuditEntry => ({
  ...entry,
  ...tasks?.find(({ task_id }) => task_id === taskId),
});
