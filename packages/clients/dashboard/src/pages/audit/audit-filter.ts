import type { operations } from '@cyberstroll/client';

type AuditQuery = NonNullable<operations['listAudit']['parameters']['query']>;

/** Filters of the API, which have the same names in the address. */
export const AUDIT_FILTERS = [
  'operator',
  'operation',
  'task_id',
  'subject',
  'after',
  'before',
] as const satisfies readonly (keyof AuditQuery)[];
export type AuditFilter = Partial<Record<(typeof AUDIT_FILTERS)[number], string>>;

/** The name of a file, but for the time: `audit-cancelTask-alice`. */
export const toAuditFileName = ({ operation, operator, task_id, subject, after, before }: AuditFilter): string =>
  ['audit', operation, operator, task_id, subject, after && `after-${after}`, before && `before-${before}`]
    .filter(Boolean)
    .join('-');
