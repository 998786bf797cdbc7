import type * as z from 'zod';
import { alertStateSchema } from '../../documents/alert';
import { alertRuleSchema } from '../../documents/alert-rules';
import { roleSchema } from '../../documents/api-key';
import { deadLetterStateSchema } from '../../documents/dead-letter';
import {
  excludedBySchema,
  excludedPortsSchema,
  exclusionStateSchema,
  taskExcludedSchema,
} from '../../documents/exclusion';
import { freezeKindSchema, holdSchema } from '../../documents/freeze';
import { progressSchema } from '../../documents/progress';
import { protocolSchema, severitySchema } from '../../documents/scan-result';
import { overlapSchema, runOutcomeSchema } from '../../documents/schedule';
import { subTaskStatusSchema } from '../../documents/subtask';
import { onlySchema, targetOrderSchema, taskStatusSchema } from '../../documents/task';
import { problemCodeSchema, problemSchema } from '../../errors/problem';
import { labelSchema, methodSchema, ruleLevelSchema, taskNameSchema } from '../../fields/fields';
import { daySchema, runningScansSchema } from '../../fields/scan-windows';
import { nodeStatusSchema } from '../../messages/heartbeat';
import { progressUpdateSchema } from '../../messages/progress-update';
import { sentenceSchema } from '../../sentences/sentences';
import { KEY_ANSWERS, KEY_REQUESTS } from '../access/api-key';
import { AUDIT_ANSWERS } from '../access/audit';
import { SESSION_ANSWERS } from '../access/session';
import { ALERT_ANSWERS, ALERT_REQUESTS } from '../fleet/alert';
import { DEAD_LETTER_ANSWERS, DEAD_LETTER_REQUESTS } from '../fleet/dead-letter';
import { EXCLUSION_ANSWERS, EXCLUSION_REQUESTS } from '../fleet/exclusion';
import { EXCLUSION_LIST_ANSWERS, EXCLUSION_LIST_REQUESTS } from '../fleet/exclusion-list';
import { FLEET_EVENT_ANSWERS, fleetEventKindSchema } from '../fleet/fleet-event';
import { FREEZE_ANSWERS, FREEZE_REQUESTS } from '../fleet/freeze';
import { LIMIT_ANSWERS, LIMIT_REQUESTS } from '../fleet/limit';
import { NODE_ANSWERS } from '../fleet/node';
import { METHOD_ANSWERS, METHOD_REQUESTS } from '../fleet/scan-method';
import { SILENCE_ANSWERS, SILENCE_REQUESTS } from '../fleet/silence';
import { STATISTICS_ANSWERS } from '../fleet/statistics-operations';
import { countedStateSchema, inventoryChangeKindSchema, serviceStateSchema } from '../inventory/host';
import { HOST_ANSWERS } from '../inventory/host-operations';
import { WEBHOOK_ANSWERS, WEBHOOK_REQUESTS } from '../inventory/webhook-operations';
import { BULK_ANSWERS, BULK_REQUESTS } from '../tasks/bulk';
import { resultSortSchema } from '../tasks/result';
import { RESULT_ANSWERS } from '../tasks/result-operations';
import { SCHEDULE_ANSWERS, SCHEDULE_REQUESTS } from '../tasks/schedule';
import { SUBTASK_ANSWERS } from '../tasks/subtask-operations';
import { TASK_ANSWERS, TASK_REQUESTS } from '../tasks/task-operations';

type Components = Readonly<Record<string, z.ZodType>>;

/**
 * The schemas that the OpenAPI document names: every body, every answer, and what two of them share. Generators of
 * clients make a type of each, with this name; they invent names for all others. What a request and an answer share is
 * equal in both.
 */
export const SHARED = {
  TaskState: taskStatusSchema,
  SubTaskState: subTaskStatusSchema,
  NodeStatus: nodeStatusSchema,
  AlertState: alertStateSchema,
  AlertRule: alertRuleSchema,
  DeadLetterState: deadLetterStateSchema,
  ExclusionState: exclusionStateSchema,
  Role: roleSchema,
  ScanMethod: methodSchema,
  TargetOrder: targetOrderSchema,
  ScanAgainOnly: onlySchema,
  Overlap: overlapSchema,
  RunOutcome: runOutcomeSchema,
  Name: labelSchema,
  TaskName: taskNameSchema,
  Day: daySchema,
  FreezeKind: freezeKindSchema,
  FleetEventKind: fleetEventKindSchema,
  InventoryChangeKind: inventoryChangeKindSchema,
  Hold: holdSchema,
  RunningScans: runningScansSchema,
  RuleLevel: ruleLevelSchema,
  ResultSort: resultSortSchema,
  ServiceState: serviceStateSchema,
  CountedState: countedStateSchema,
  Severity: severitySchema,
  PortProtocol: protocolSchema,
} as const satisfies Components;

export const REQUESTS: Components = {
  ...TASK_REQUESTS,
  ...BULK_REQUESTS,
  ...SCHEDULE_REQUESTS,
  ...KEY_REQUESTS,
  ...DEAD_LETTER_REQUESTS,
  ...ALERT_REQUESTS,
  ...SILENCE_REQUESTS,
  ...FREEZE_REQUESTS,
  ...LIMIT_REQUESTS,
  ...EXCLUSION_REQUESTS,
  ...EXCLUSION_LIST_REQUESTS,
  ...WEBHOOK_REQUESTS,
  ...METHOD_REQUESTS,
};

export const ANSWERS: Components = {
  ...TASK_ANSWERS,
  ...SUBTASK_ANSWERS,
  ...RESULT_ANSWERS,
  ...HOST_ANSWERS,
  ...WEBHOOK_ANSWERS,
  ...METHOD_ANSWERS,
  Progress: progressSchema,
  ProgressUpdate: progressUpdateSchema,
  ...STATISTICS_ANSWERS,
  ...FLEET_EVENT_ANSWERS,
  ...NODE_ANSWERS,
  ...FREEZE_ANSWERS,
  ...LIMIT_ANSWERS,
  ...BULK_ANSWERS,
  ...SCHEDULE_ANSWERS,
  ...ALERT_ANSWERS,
  ...SILENCE_ANSWERS,
  ...AUDIT_ANSWERS,
  ...KEY_ANSWERS,
  ...SESSION_ANSWERS,
  ...DEAD_LETTER_ANSWERS,
  ...EXCLUSION_ANSWERS,
  ...EXCLUSION_LIST_ANSWERS,
  ExcludedBy: excludedBySchema,
  ExcludedPorts: excludedPortsSchema,
  TaskExcluded: taskExcludedSchema,
  Sentence: sentenceSchema,
  Problem: problemSchema,
  ProblemCode: problemCodeSchema,
};
