import type * as z from 'zod';
import { alertHistoryEntrySchema, alertRuleSchema, alertSchema, alertStateSchema } from '../alert';
import { roleSchema } from '../api-key';
import { auditEntrySchema } from '../audit-entry';
import { deadLetterRecordSchema, deadLetterStateSchema } from '../dead-letter';
import { errorThresholdSchema } from '../error-threshold';
import { labelSchema, networkSchema, reasonTextSchema, taskNameSchema } from '../fields';
import { nodeStatusSchema } from '../heartbeat';
import { problemCodeSchema, problemSchema } from '../problem';
import { progressSchema } from '../progress';
import { progressUpdateSchema } from '../progress-update';
import { scanResultSchema, subTaskHistoryEntrySchema, subTaskStatusSchema } from '../subtask';
import {
  onlySchema,
  scanMethodSchema,
  scanSchema,
  targetOrderSchema,
  taskConfigSchema,
  taskHistoryEntrySchema,
  taskStatusSchema,
} from '../task';
import { waitingReasonSchema } from '../waiting-reason';
import { createKeyBodySchema, keyViewSchema, rotateKeyBodySchema, secretKeyViewSchema } from './api-key';
import { bulkActionSchema, bulkBodySchema, bulkPlanSchema, operationSchema } from './bulk';
import { cleanUpBodySchema, cleanUpOutcomeSchema, expiredTaskSchema } from './clean-up';
import {
  deadLetterSummarySchema,
  discardDeadLettersBodySchema,
  discardOutcomeSchema,
  replayDeadLettersBodySchema,
  replayOutcomeSchema,
} from './dead-letter';
import { diffSummarySchema, hostDifferenceSchema, portDifferenceSchema, taskDiffSchema } from './diff';
import { nodeViewSchema } from './node';
import { nodeHistorySchema, nodeSampleSchema } from './node-history';
import { pageOf } from './operation';
import { resultSchema } from './result';
import { createTaskRequestSchema, scanAgainBodySchema, scanChangeSchema, taskConfigChangeSchema } from './scan-again';
import { searchAnswerSchema } from './search';
import { sessionViewSchema } from './session';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from './statistics';
import { statisticsHistorySchema, statisticsSampleSchema } from './statistics-history';
import {
  changeTaskBodySchema,
  commandBodySchema,
  createTaskBodySchema,
  retryTaskBodySchema,
  taskShape,
  taskStatusViewSchema,
  ticketViewSchema,
} from './task';
import { taskStatusChangeSchema } from './task-event';
import { taskNodesSchema } from './task-nodes';
import { taskPlanSchema } from './task-plan';
import { taskPortsSchema } from './task-ports';
import {
  commandedTaskSchema,
  deletedTaskSchema,
  retriedSubTaskSchema,
  retriedTaskSchema,
  subTaskViewSchema,
  taskViewSchema,
} from './task-view';

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
