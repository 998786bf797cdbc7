import { auditEntrySchema } from '../../documents/audit-entry';
import { listAuditQuerySchema } from '../access/audit';
import { type Operation, pageOf } from '../openapi/operation';

/** The operations of the tag `audit`. */
export const AUDIT_OPERATIONS = {
  listAudit: {
    method: 'GET',
    path: '/api/audit',
    tag: 'audit',
    summary: 'List commands and refused logins, newest first',
    role: 'admin',
    networks: 'refused',
    query: listAuditQuerySchema,
    answers: { 200: { when: 'A page of entries', body: pageOf(auditEntrySchema) } },
    problems: [],
  },
} as const satisfies Record<string, Operation>;
