import { AUDIT_COLUMNS, type AuditEntry } from '@cyberstroll/contracts';
import { toCsvRow } from './results/csv';

export const AUDIT_CSV_HEADER = toCsvRow(AUDIT_COLUMNS);

/** An entry of the audit log as a row of the CSV. */
export const toAuditCsvRow = (entry: AuditEntry): string =>
  toCsvRow(
    AUDIT_COLUMNS.map((column) => {
      const value = entry[column] ?? '';
      return value instanceof Date ? value.toISOString() : typeof value === 'boolean' ? String(value) : value;
    }),
  );
