import { z } from 'zod';
import { alertSchema } from '../alert';
import { auditEntrySchema } from '../audit-entry';
import { deadLetterRecordSchema } from '../dead-letter';
import { progressUpdateSchema } from '../progress-update';
import { ALERT_COMMANDS, listAlertsQuerySchema } from './alert';
import { listAuditQuerySchema } from './audit';
import { cleanUpBodySchema, cleanUpOutcomeSchema } from './clean-up';
import {
  deadLetterSummarySchema,
  discardDeadLettersBodySchema,
  discardOutcomeSchema,
  listDeadLettersQuerySchema,
  replayDeadLettersBodySchema,
  replayOutcomeSchema,
} from './dead-letter';
import { listNodesQuerySchema, nodeViewSchema } from './node';
import { type Operation, pageOf } from './operation';
import { listResultsQuerySchema, listTaskResultsQuerySchema, RESULT_COLUMNS, resultSchema } from './result';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from './statistics';
import {
  commandBodySchema,
  createTaskBodySchema,
  listSubTasksQuerySchema,
  listTasksQuerySchema,
  taskStatusViewSchema,
  ticketViewSchema,
} from './task';
import {
  commandedTaskSchema,
  retriedSubTaskSchema,
  retriedTaskSchema,
  subTaskViewSchema,
  taskViewSchema,
} from './task-view';

const resultAnswers = {
  answers: { 200: { when: 'Results that match every filter', body: pageOf(resultSchema) } },
  streams: {
    'application/x-ndjson': 'One result per line, as JSON',
    'text/csv': `One row per open port that matches, with the columns ${RESULT_COLUMNS.join(', ')} (RFC 4180). Text that a spreadsheet could take for a formula begins with an apostrophe.`,
  },
} as const;

const COMMAND_EXAMPLES = { 'with a reason': { reason: 'the customer asked for it' } };

const emptyBodySchema = z.strictObject({}).prefault({});

/** Every operation of the HTTP API, by its id. task-api serves this table, and docs/openapi.json is made from it. */
export const OPERATIONS = {
  listTasks: {
    method: 'GET',
    path: '/api/tasks',
    tag: 'tasks',
    summary: 'List tasks, newest first',
    role: 'viewer',
    query: listTasksQuerySchema,
    answers: { 200: { when: 'A page of tasks', body: pageOf(taskViewSchema) } },
    problems: [],
  },
  createTask: {
    method: 'POST',
    path: '/api/tasks',
    tag: 'tasks',
    summary: 'Create a task',
    description:
      'Splits the targets into one subtask per address. With an `Idempotency-Key` a repeat answers 200 with the task that the first request created.',
    role: 'operator',
    body: createTaskBodySchema,
    examples: {
      'the least': { task_target: '127.0.0.1', task_initiator: 'alice', scan: { ports: '22,80' } },
      'more of it': {
        task_target: '127.0.1.0/28, 127.0.2.1-20',
        exclude_target: '127.0.1.1',
        task_type: 'port_scan',
        task_category: 'nightly',
        task_initiator: 'alice',
        scan: { ports: [22, 443], method: 'connect' },
        config: { max_retries: 2, priority: 8, order: 'sequential', retryable: { TIMEOUT: false } },
        error_info: { error_threshold: '10%' },
      },
    },
    answers: {
      201: { when: 'The task is created', body: taskViewSchema, location: true },
      200: { when: 'A request with the same Idempotency-Key created it before', body: taskViewSchema, location: true },
    },
    problems: ['invalid_targets', 'out_of_scope', 'backlog_full', 'task_being_deleted'],
  },
  cleanUpTasks: {
    method: 'POST',
    path: '/api/tasks/clean-up',
    tag: 'tasks',
    summary: 'Delete tasks that ended long ago',
    role: 'admin',
    body: cleanUpBodySchema,
    examples: { 'what would be deleted': { expire_days: 30, dry_run: true } },
    answers: {
      200: { when: 'With `dry_run`: the tasks that would be deleted', body: cleanUpOutcomeSchema },
      202: { when: 'These tasks will be deleted in the background', body: cleanUpOutcomeSchema },
    },
    problems: [],
  },
  getTask: {
    method: 'GET',
    path: '/api/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Read a task',
    versioned: 'read',
    role: 'viewer',
    answers: { 200: { when: 'The task, its targets uncut', body: taskViewSchema } },
    problems: ['task_not_found'],
  },
  getTaskStatus: {
    method: 'GET',
    path: '/api/tasks/{task_id}/status',
    tag: 'tasks',
    summary: 'Read the status and the timeline of a task',
    versioned: 'read',
    role: 'viewer',
    answers: { 200: { when: 'Durations are in seconds', body: taskStatusViewSchema } },
    problems: ['task_not_found'],
  },
  getTaskProgress: {
    method: 'GET',
    path: '/api/tasks/{task_id}/progress',
    tag: 'tasks',
    summary: 'Read the progress of a task',
    role: 'viewer',
    answers: { 200: { when: 'The same object that WebSocket subscribers get', body: progressUpdateSchema } },
    problems: ['task_not_found'],
  },
  getTaskStatistics: {
    method: 'GET',
    path: '/api/tasks/{task_id}/statistics',
    tag: 'statistics',
    summary: 'Read the figures of a task',
    role: 'viewer',
    answers: { 200: { when: 'Rates are from 0 to 1, times in seconds', body: taskStatisticsSchema } },
    problems: ['task_not_found'],
  },
  issueTicket: {
    method: 'POST',
    path: '/api/tasks/{task_id}/ticket',
    tag: 'tasks',
    summary: 'Get a ticket for the WebSocket of a task',
    description: 'A browser cannot send its API key with a WebSocket. A ticket opens one connection and expires soon.',
    role: 'viewer',
    body: emptyBodySchema,
    answers: { 201: { when: 'The ticket', body: ticketViewSchema } },
    problems: ['task_not_found'],
  },
  ...toTaskCommand('pauseTask', 'pause', 'Pause a task: running scans end, nothing new starts'),
  ...toTaskCommand('resumeTask', 'resume', 'Resume a paused task'),
  ...toTaskCommand('cancelTask', 'cancel', 'Cancel a task: running scans are aborted'),
  retryTask: {
    method: 'POST',
    path: '/api/tasks/{task_id}/retry',
    tag: 'tasks',
    summary: 'Scan again what FAILED or timed out',
    versioned: 'write',
    role: 'operator',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: {
      200: { when: 'All retries are sent', body: retriedTaskSchema },
      202: { when: 'The retries are stored; some of them are sent later', body: retriedTaskSchema },
    },
    problems: ['task_not_found', 'illegal_transition'],
  },
  listSubTasks: {
    method: 'GET',
    path: '/api/tasks/{task_id}/subtasks',
    tag: 'subtasks',
    summary: 'List the subtasks of a task, also those that no node has touched',
    role: 'viewer',
    query: listSubTasksQuerySchema,
    answers: { 200: { when: 'A page of subtasks, in the order of their addresses', body: pageOf(subTaskViewSchema) } },
    problems: ['task_not_found'],
  },
  getSubTask: {
    method: 'GET',
    path: '/api/tasks/{task_id}/subtasks/{subtask_id}',
    tag: 'subtasks',
    summary: 'Read a subtask',
    role: 'viewer',
    answers: { 200: { when: 'The subtask', body: subTaskViewSchema } },
    problems: ['task_not_found', 'subtask_not_found'],
  },
  retrySubTask: {
    method: 'POST',
    path: '/api/tasks/{task_id}/subtasks/{subtask_id}/retry',
    tag: 'subtasks',
    summary: 'Scan one address again that FAILED or timed out',
    role: 'operator',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The retry is sent, or was before', body: retriedSubTaskSchema } },
    problems: ['task_not_found', 'subtask_not_found', 'illegal_transition'],
  },
  listResults: {
    method: 'GET',
    path: '/api/results',
    tag: 'results',
    summary: 'Find hosts with open ports, across all tasks',
    description:
      'Which hosts have port 22 open? `port=22`. The newest come first; with `target` in the order of addresses, with `task_id` alone in the order of the task. As NDJSON or CSV: everything that matches, in one answer. A fault in the middle of it ends the connection before the end of the answer.',
    role: 'viewer',
    query: listResultsQuerySchema,
    ...resultAnswers,
    problems: [],
  },
  listTaskResults: {
    method: 'GET',
    path: '/api/tasks/{task_id}/results',
    tag: 'results',
    summary: 'Find hosts with open ports in one task',
    description: 'Like `/api/results`, of one task.',
    role: 'viewer',
    query: listTaskResultsQuerySchema,
    ...resultAnswers,
    problems: ['task_not_found'],
  },
  listNodes: {
    method: 'GET',
    path: '/api/nodes',
    tag: 'nodes',
    summary: 'List the scanner nodes by name',
    role: 'viewer',
    query: listNodesQuerySchema,
    answers: { 200: { when: 'A page of nodes', body: pageOf(nodeViewSchema) } },
    problems: [],
  },
  getNode: {
    method: 'GET',
    path: '/api/nodes/{node_id}',
    tag: 'nodes',
    summary: 'Read a scanner node',
    role: 'viewer',
    answers: { 200: { when: 'The node, with all that it holds', body: nodeViewSchema } },
    problems: ['node_not_found'],
  },
  getStatistics: {
    method: 'GET',
    path: '/api/statistics',
    tag: 'statistics',
    summary: 'Read the figures of all tasks, nodes and queues',
    role: 'viewer',
    answers: { 200: { when: 'Rates are from 0 to 1, times in seconds', body: fleetStatisticsViewSchema } },
    problems: [],
  },
  listAlerts: {
    method: 'GET',
    path: '/api/alerts',
    tag: 'alerts',
    summary: 'List alerts, newest first',
    role: 'viewer',
    query: listAlertsQuerySchema,
    answers: { 200: { when: 'A page of alerts', body: pageOf(alertSchema) } },
    problems: [],
  },
  getAlert: {
    method: 'GET',
    path: '/api/alerts/{alert_id}',
    tag: 'alerts',
    summary: 'Read an alert',
    role: 'viewer',
    answers: { 200: { when: 'The alert', body: alertSchema } },
    problems: ['alert_not_found'],
  },
  ...toAlertCommand('acknowledgeAlert', ALERT_COMMANDS[0], 'Acknowledge an alert: somebody has seen it'),
  ...toAlertCommand('resolveAlert', ALERT_COMMANDS[1], 'Resolve an alert'),
  listDeadLetters: {
    method: 'GET',
    path: '/api/dead-letters',
    tag: 'dead letters',
    summary: 'List dead letters, newest first, without their content',
    role: 'viewer',
    query: listDeadLettersQuerySchema,
    answers: { 200: { when: 'A page of dead letters', body: pageOf(deadLetterSummarySchema) } },
    problems: [],
  },
  replayDeadLetters: {
    method: 'POST',
    path: '/api/dead-letters/replay',
    tag: 'dead letters',
    summary: 'Send dead letters back to where they came from',
    role: 'operator',
    body: replayDeadLettersBodySchema,
    examples: { 'one reason': { filter: { reason: 'unknown_task' }, dry_run: true } },
    answers: { 200: { when: 'What was sent, and what was not', body: replayOutcomeSchema } },
    problems: [],
  },
  discardDeadLetters: {
    method: 'POST',
    path: '/api/dead-letters/discard',
    tag: 'dead letters',
    summary: 'Remove dead letters from lists and replays',
    role: 'admin',
    body: discardDeadLettersBodySchema,
    examples: { 'old ones': { filter: { before: '2026-01-01T00:00:00Z' }, dry_run: true } },
    answers: { 200: { when: 'What was discarded, and what was not', body: discardOutcomeSchema } },
    problems: [],
  },
  getDeadLetter: {
    method: 'GET',
    path: '/api/dead-letters/{dead_letter_id}',
    tag: 'dead letters',
    summary: 'Read a dead letter with its content',
    role: 'viewer',
    answers: { 200: { when: 'The dead letter', body: deadLetterRecordSchema } },
    problems: ['dead_letter_not_found'],
  },
  listAudit: {
    method: 'GET',
    path: '/api/audit',
    tag: 'audit',
    summary: 'List commands and refused logins, newest first',
    role: 'admin',
    query: listAuditQuerySchema,
    answers: { 200: { when: 'A page of entries', body: pageOf(auditEntrySchema) } },
    problems: [],
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;

function toTaskCommand<Id extends string, Command extends string>(id: Id, command: Command, summary: string) {
  const operation = {
    method: 'POST',
    path: `/api/tasks/{task_id}/${command}`,
    tag: 'tasks',
    summary,
    description: 'Without effect on a task that is in this state already: the answer is 200 with `changed: false`.',
    versioned: 'both',
    role: 'operator',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The task after the command', body: commandedTaskSchema } },
    problems: ['task_not_found', 'illegal_transition'],
  } as const satisfies Operation;
  return { [id]: operation } as Record<Id, typeof operation>;
}

function toAlertCommand<Id extends string, Command extends string>(id: Id, command: Command, summary: string) {
  const operation = {
    method: 'POST',
    path: `/api/alerts/{alert_id}/${command}`,
    tag: 'alerts',
    summary,
    role: 'operator',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The alert after the command', body: alertSchema } },
    problems: ['alert_not_found', 'illegal_transition'],
  } as const satisfies Operation;
  return { [id]: operation } as Record<Id, typeof operation>;
}
