import { ALERT_OPERATIONS } from '../operations/alert-operations';
import { AUDIT_OPERATIONS } from '../operations/audit-operations';
import { BULK_OPERATIONS } from '../operations/bulk-operations';
import { DEAD_LETTER_OPERATIONS } from '../operations/dead-letter-operations';
import { KEY_OPERATIONS } from '../operations/key-operations';
import { NODE_OPERATIONS } from '../operations/node-operations';
import { RESULT_OPERATIONS } from '../operations/result-operations';
import { SESSION_OPERATIONS } from '../operations/session-operations';
import { STATISTICS_OPERATIONS } from '../operations/statistics-operations';
import { SUBTASK_OPERATIONS } from '../operations/subtask-operations';
import { TASK_OPERATIONS } from '../operations/task-operations';
import type { Operation } from './operation';

/** Every operation of the HTTP API, by its id. task-api serves this table, and docs/openapi.json is made from it. */
export const OPERATIONS = {
  ...TASK_OPERATIONS,
  ...BULK_OPERATIONS,
  ...STATISTICS_OPERATIONS,
  ...SUBTASK_OPERATIONS,
  ...RESULT_OPERATIONS,
  ...NODE_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...DEAD_LETTER_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...KEY_OPERATIONS,
  ...SESSION_OPERATIONS,
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;
