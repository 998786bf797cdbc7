import type * as z from 'zod';
import { alertHistoryEntrySchema, alertRuleSchema, alertSchema, alertStateSchema } from '../../documents/alert';
import { roleSchema } from '../../documents/api-key';
import { auditEntrySchema } from '../../documents/audit-entry';
import { deadLetterRecordSchema, deadLetterStateSchema } from '../../documents/dead-letter';
import { progressSchema } from '../../documents/progress';
import { scanResultSchema, subTaskHistoryEntrySchema, subTaskStatusSchema } from '../../documents/subtask';
import {
  onlySchema,
  scanMethodSchema,
  scanSchema,
  targetOrderSchema,
  taskConfigSchema,
  taskHistoryEntrySchema,
  taskStatusSchema,
} from '../../documents/task';
import { waitingReasonSchema } from '../../documents/waiting-reason';
import { problemCodeSchema, problemSchema } from '../../errors/problem';
import { errorThresholdSchema } from '../../fields/error-threshold';
import { labelSchema, networkSchema, reasonTextSchema, taskNameSchema } from '../../fields/fields';
import { nodeStatusSchema } from '../../messages/heartbeat';
import { progressUpdateSchema } from '../../messages/progress-update';
import { createKeyBodySchema, keyViewSchema, rotateKeyBodySchema, secretKeyViewSchema } from '../access/api-key';
import { sessionViewSchema } from '../access/session';
import {
  deadLetterSummarySchema,
  discardDeadLettersBodySchema,
  discardOutcomeSchema,
  replayDeadLettersBodySchema,
  replayOutcomeSchema,
} from '../fleet/dead-letter';
import { nodeViewSchema } from '../fleet/node';
import { nodeHistorySchema, nodeSampleSchema } from '../fleet/node-history';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from '../fleet/statistics';
import { statisticsHistorySchema, statisticsSampleSchema } from '../fleet/statistics-history';
import { bulkActionSchema, bulkBodySchema, bulkPlanSchema, operationSchema } from '../tasks/bulk';
import { cleanUpBodySchema, cleanUpOutcomeSchema, expiredTaskSchema } from '../tasks/clean-up';
import { diffSummarySchema, hostDifferenceSchema, portDifferenceSchema, taskDiffSchema } from '../tasks/diff';
import { resultSchema } from '../tasks/result';
import {
  createTaskRequestSchema,
  scanAgainBodySchema,
  scanChangeSchema,
  taskConfigChangeSchema,
} from '../tasks/scan-again';
import { searchAnswerSchema } from '../tasks/search';
import {
  changeTaskBodySchema,
  commandBodySchema,
  createTaskBodySchema,
  retryTaskBodySchema,
  taskShape,
  taskStatusViewSchema,
  ticketViewSchema,
} from '../tasks/task';
import { taskStatusChangeSchema } from '../tasks/task-event';
import { taskNodesSchema } from '../tasks/task-nodes';
import { taskPlanSchema } from '../tasks/task-plan';
import { taskPortsSchema } from '../tasks/task-ports';
import {
  commandedTaskSchema,
  deletedTaskSchema,
  retriedSubTaskSchema,
  retriedTaskSchema,
  subTaskViewSchema,
  taskViewSchema,
} from '../tasks/task-view';
import { pageOf } from './operation';

type Components = Readonly<Record<string, z.ZodType>>;

const [bulkCommand, bulkLabel, bulkPriority] = bulkBodySchema.options;

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
  Role: roleSchema,
  ScanMethod: scanMethodSchema,
  TargetOrder: targetOrderSchema,
  ScanAgainOnly: onlySchema,
  Name: labelSchema,
  TaskName: taskNameSchema,
} as const satisfies Components;

/** A `…Spec` has what a client asks for; the type without it what the server has. */
export const REQUESTS = {
  TaskRequest: createTaskRequestSchema,
  CreateTask: createTaskBodySchema,
  CreateTaskFrom: scanAgainBodySchema,
  ScanSpec: taskShape.scan,
  TaskConfigSpec: taskShape.config.unwrap(),
  ErrorInfoSpec: taskShape.error_info.unwrap(),
  ScanChange: scanChangeSchema,
  TaskConfigChange: taskConfigChangeSchema,
  ErrorThreshold: errorThresholdSchema,
  Network: networkSchema,
  Reason: reasonTextSchema,
  ChangeTask: changeTaskBodySchema,
  Command: commandBodySchema,
  RetryTask: retryTaskBodySchema,
  CleanUp: cleanUpBodySchema,
  Bulk: bulkBodySchema,
  BulkCommand: bulkCommand,
  BulkLabel: bulkLabel,
  BulkPriority: bulkPriority,
  TaskFilter: bulkCommand.shape.filter.unwrap(),
  CreateKey: createKeyBodySchema,
  RotateKey: rotateKeyBodySchema,
  ReplayDeadLetters: replayDeadLettersBodySchema,
  DiscardDeadLetters: discardDeadLettersBodySchema,
  DeadLetterFilter: replayDeadLettersBodySchema.shape.filter,
} as const satisfies Components;

export const ANSWERS = {
  Task: taskViewSchema,
  TaskPage: pageOf(taskViewSchema),
  TaskScan: scanSchema,
  TaskConfig: taskConfigSchema,
  TaskHistoryEntry: taskHistoryEntrySchema,
  TaskStatusView: taskStatusViewSchema,
  TaskStatusProgress: taskStatusViewSchema.shape.progress,
  TimelineEntry: taskStatusViewSchema.shape.timeline.element,
  TaskStatusChange: taskStatusChangeSchema,
  TaskCommandResult: commandedTaskSchema,
  TaskPlan: taskPlanSchema,
  DeletedTask: deletedTaskSchema,
  RetriedTask: retriedTaskSchema,
  CleanUpOutcome: cleanUpOutcomeSchema,
  ExpiredTask: expiredTaskSchema,
  Ticket: ticketViewSchema,
  WaitingReason: waitingReasonSchema,
  SubTask: subTaskViewSchema,
  SubTaskPage: pageOf(subTaskViewSchema),
  SubTaskHistoryEntry: subTaskHistoryEntrySchema,
  RetriedSubTask: retriedSubTaskSchema,
  ScanResult: scanResultSchema,
  Result: resultSchema,
  ResultPage: pageOf(resultSchema),
  TaskPorts: taskPortsSchema,
  TaskDiff: taskDiffSchema,
  HostDifference: hostDifferenceSchema,
  PortDifference: portDifferenceSchema,
  DiffSummary: diffSummarySchema,
  Progress: progressSchema,
  ProgressUpdate: progressUpdateSchema,
  TaskStatistics: taskStatisticsSchema,
  TaskNodes: taskNodesSchema,
  FleetStatistics: fleetStatisticsViewSchema,
  StatisticsSample: statisticsSampleSchema,
  StatisticsHistory: statisticsHistorySchema,
  SearchAnswer: searchAnswerSchema,
  Node: nodeViewSchema,
  NodePage: pageOf(nodeViewSchema),
  NodeHistory: nodeHistorySchema,
  NodeSample: nodeSampleSchema,
  Operation: operationSchema,
  OperationPage: pageOf(operationSchema),
  BulkAction: bulkActionSchema,
  BulkPlan: bulkPlanSchema,
  Alert: alertSchema,
  AlertPage: pageOf(alertSchema),
  AlertHistoryEntry: alertHistoryEntrySchema,
  AuditEntry: auditEntrySchema,
  AuditEntryPage: pageOf(auditEntrySchema),
  ApiKey: keyViewSchema,
  ApiKeyPage: pageOf(keyViewSchema),
  ApiKeyWithSecret: secretKeyViewSchema,
  Session: sessionViewSchema,
  DeadLetter: deadLetterRecordSchema,
  DeadLetterSummary: deadLetterSummarySchema,
  DeadLetterPage: pageOf(deadLetterSummarySchema),
  DeadLetterContentType: deadLetterRecordSchema.shape.content_type,
  DeadLetterMark: deadLetterRecordSchema.shape.replayed_times.element,
  ReplayOutcome: replayOutcomeSchema,
  DiscardOutcome: discardOutcomeSchema,
  Problem: problemSchema,
  ProblemCode: problemCodeSchema,
} as const satisfies Components;
