import { KEY_OPERATIONS } from '../access/api-key';
import { AUDIT_OPERATIONS } from '../access/audit';
import { SESSION_OPERATIONS } from '../access/session';
import { ALERT_OPERATIONS } from '../fleet/alert';
import { DEAD_LETTER_OPERATIONS } from '../fleet/dead-letter';
import { EXCLUSION_OPERATIONS } from '../fleet/exclusion';
import { EXCLUSION_LIST_OPERATIONS } from '../fleet/exclusion-list';
import { FLEET_EVENT_OPERATIONS } from '../fleet/fleet-event';
import { FREEZE_OPERATIONS } from '../fleet/freeze';
import { LIMIT_OPERATIONS } from '../fleet/limit';
import { NODE_OPERATIONS } from '../fleet/node';
import { METHOD_OPERATIONS } from '../fleet/scan-method';
import { SILENCE_OPERATIONS } from '../fleet/silence';
import { STATISTICS_OPERATIONS } from '../fleet/statistics-operations';
import { HOST_OPERATIONS } from '../inventory/host-operations';
import { WEBHOOK_OPERATIONS } from '../inventory/webhook-operations';
import type { Operation } from '../operation';
import { BULK_OPERATIONS } from '../tasks/bulk';
import { RESULT_OPERATIONS } from '../tasks/result-operations';
import { SCHEDULE_OPERATIONS } from '../tasks/schedule';
import { SUBTASK_OPERATIONS } from '../tasks/subtask-operations';
import { TASK_OPERATIONS } from '../tasks/task-operations';

/** Every operation of the HTTP API, by its id. task-api serves this table, and docs/openapi.json is made from it. */
export const OPERATIONS = {
  ...TASK_OPERATIONS,
  ...BULK_OPERATIONS,
  ...SCHEDULE_OPERATIONS,
  ...STATISTICS_OPERATIONS,
  ...FLEET_EVENT_OPERATIONS,
  ...SUBTASK_OPERATIONS,
  ...RESULT_OPERATIONS,
  ...HOST_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...METHOD_OPERATIONS,
  ...NODE_OPERATIONS,
  ...FREEZE_OPERATIONS,
  ...LIMIT_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...SILENCE_OPERATIONS,
  ...DEAD_LETTER_OPERATIONS,
  ...EXCLUSION_OPERATIONS,
  ...EXCLUSION_LIST_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...KEY_OPERATIONS,
  ...SESSION_OPERATIONS,
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;
