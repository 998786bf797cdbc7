import * as z from 'zod';
import { scanSchema, taskConfigSchema } from '../../documents/task';
import { waitingReasonSchema } from '../../documents/waiting-reason';
import { errorThresholdSchema } from '../../fields/error-threshold';
import { networkSchema, reasonTextSchema } from '../../fields/fields';
import { progressUpdateSchema } from '../../messages/progress-update';
import { emptyBodySchema, operationsOf, pageOf, type Row } from '../operation';
import { cleanUpBodySchema, cleanUpOutcomeSchema, expiredTaskSchema } from './clean-up';
import { createTaskRequestSchema, scanAgainBodySchema } from './scan-again';
import {
  COMMAND_EXAMPLES,
  changeTaskBodySchema,
  commandBodySchema,
  createTaskBodySchema,
  deleteTaskQuerySchema,
  retryTaskBodySchema,
  taskShape,
  taskStatusViewSchema,
  ticketViewSchema,
} from './task';
import { TASK_EVENTS, taskStatusChangeSchema } from './task-event';
import { listTasksQuerySchema, TASK_COLUMNS } from './task-list';
import { taskPlanSchema } from './task-plan';
import { scanChangeSchema, taskConfigChangeSchema } from './task-shape';
import { stepTargetsSchema, taskStepSchema } from './task-step';
import { commandedTaskSchema, deletedTaskSchema, retriedTaskSchema, taskViewSchema } from './task-view';

/** The operations of the tag `tasks`. */
export const TASK_OPERATIONS = operationsOf('tasks', {
  listTasks: {
    route: 'GET /api/tasks',
    summary: 'List tasks, newest first',
    description:
      'A task of the list matches every filter that is given. As NDJSON or CSV: everything that matches, whatever ' +
      '`limit` is, in one answer, two at a time with one API key, and eight from a replica; `Accept` chooses, and in ' +
      'an address `format=ndjson` or `format=csv`. A fault that stays ends the connection before the end of the answer.',
    role: 'viewer',
    networks: 'filtered',
    query: listTasksQuerySchema,
    answers: { 200: { when: 'A page of tasks', body: pageOf(taskViewSchema) } },
    streams: {
      'application/x-ndjson': 'One task per line, as JSON, without `waiting_reason`',
      'text/csv':
        `One row per task, with the columns ${TASK_COLUMNS.join(', ')} (RFC 4180). Text that a spreadsheet could take ` +
        'for a formula begins with an apostrophe.',
    },
    problems: ['too_many_exports', 'exports_busy'],
  },
  createTask: {
    route: 'POST /api/tasks',
    summary: 'Create a task',
    description:
      'Splits the targets into one subtask per address. With an `Idempotency-Key` a repeat answers 200 with the ' +
      'task that the first request created. With `from_task` the targets of another task are scanned again, all of ' +
      'them or `only` those that failed, that have an open port, or that it lost to exclusions.',
    role: 'operator',
    networks: 'targets',
    body: createTaskRequestSchema,
    examples: {
      'the least': { task_target: '127.0.0.1', task_initiator: 'alice', scan: { ports: '22,80' } },
      'more of it': {
        task_target: '127.0.1.0/28, 127.0.2.1-20',
        exclude_target: '127.0.1.1',
        task_type: 'port_scan',
        task_category: 'nightly',
        task_initiator: 'alice',
        name: 'Head office, every night',
        labels: ['head office', '夜间'],
        scan: { ports: '22,443', method: 'connect' },
        config: { max_retries: 2, priority: 8, order: 'sequential', retryable: { TIMEOUT: false } },
        error_info: { error_threshold: '10%' },
      },
      'a chain: ports, then their web servers, then what these have': {
        task_target: '127.0.1.0/24',
        task_initiator: 'alice',
        scan: { ports: 'top-100' },
        on_end: [{ scan: { method: 'http' } }, { scan: { method: 'nuclei' }, config: { pool: 'web' } }],
      },
    },
    answers: {
      201: { when: 'The task is created', body: taskViewSchema, location: true },
      200: { when: 'A request with the same Idempotency-Key created it before', body: taskViewSchema, location: true },
    },
    problems: [
      'invalid_options',
      'invalid_targets',
      'out_of_scope',
      'targets_excluded',
      'backlog_full',
      'task_not_found',
      'nothing_to_scan',
    ],
  },
  planTask: {
    route: 'POST /api/tasks/dry-run',
    summary: 'See what a task would be, without creating it',
    description:
      'Takes the body of POST /api/tasks. Entries that cannot be scanned are listed instead of refused, all of ' +
      'them. Nothing is stored or published, and an `Idempotency-Key` has no effect.',
    role: 'operator',
    networks: 'targets',
    body: createTaskRequestSchema,
    examples: {
      'with an entry that is refused': {
        task_target: '127.0.0.0/28, 127.0.0.300',
        task_initiator: 'alice',
        scan: { ports: '22,80' },
      },
    },
    answers: { 200: { when: 'What would be scanned, and what stands against it', body: taskPlanSchema } },
    problems: ['task_not_found', 'nothing_to_scan', 'invalid_options', 'invalid_targets'],
  },
  cleanUpTasks: {
    route: 'POST /api/tasks/clean-up',
    summary: 'Delete tasks that ended long ago',
    role: 'admin',
    networks: 'refused',
    body: cleanUpBodySchema,
    examples: { 'what would be deleted': { expire_days: 30, dry_run: true } },
    answers: {
      200: { when: 'With `dry_run`: the tasks that would be deleted', body: cleanUpOutcomeSchema },
      202: { when: 'These tasks will be deleted in the background', body: cleanUpOutcomeSchema },
    },
  },
  getTask: {
    route: 'GET /api/tasks/{task_id}',
    summary: 'Read a task',
    versioned: 'read',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'The task, its targets uncut', body: taskViewSchema } },
    problems: ['task_not_found'],
  },
  changeTask: {
    route: 'PATCH /api/tasks/{task_id}',
    summary: 'Change the name, labels or priority of a task',
    description:
      'What the body does not name stays. A new priority counts for everything that is sent out from now on, also ' +
      'of a running task.',
    versioned: 'both',
    role: 'operator',
    networks: 'task',
    body: changeTaskBodySchema,
    examples: {
      'a running task, more important': { priority: 9, reason: 'the customer waits' },
      names: { name: 'Head office, once more', labels: ['head office'] },
    },
    answers: { 200: { when: 'The task after the change', body: taskViewSchema } },
    problems: ['task_not_found'],
  },
  deleteTask: {
    route: 'DELETE /api/tasks/{task_id}',
    summary: 'Delete a task that has ended, with its subtasks and results',
    description:
      'The task is deleted in the background as soon as none of its scans runs any more. Until then it may be ' +
      'retried, which keeps it. A repeat changes nothing.',
    versioned: 'write',
    role: 'admin',
    networks: 'refused',
    query: deleteTaskQuerySchema,
    answers: { 202: { when: 'The task will be deleted', body: deletedTaskSchema } },
    problems: ['task_not_found', 'task_not_ended'],
  },
  getTaskStatus: {
    route: 'GET /api/tasks/{task_id}/status',
    summary: 'Read the status and the timeline of a task',
    versioned: 'read',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'Durations are in seconds', body: taskStatusViewSchema } },
    problems: ['task_not_found'],
  },
  getTaskProgress: {
    route: 'GET /api/tasks/{task_id}/progress',
    summary: 'Read the progress of a task',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'The same object that WebSocket subscribers get', body: progressUpdateSchema } },
    problems: ['task_not_found'],
  },
  streamTaskEvents: {
    route: 'GET /api/tasks/{task_id}/events',
    summary: 'Follow a task by server-sent events',
    description:
      'For `curl -N`. `status`: a change of the status, each of them, in their order; first the latest one. ' +
      '`progress`: the newest progress, the same object that WebSocket subscribers get; a slow reader skips older ' +
      'ones. `ended`: the change that ended the task; the stream ends after it. A comment each 15 seconds shows ' +
      'that the stream is alive. A stream that ends without `ended` is continued by a request with the ' +
      '`Last-Event-ID`, without a gap in the changes. A change of the status is sent as soon as MongoDB can be ' +
      'read.',
    role: 'viewer',
    networks: 'task',
    answers: {
      200: { when: 'Events until the task ends', body: z.string() },
      204: { when: 'The `Last-Event-ID` is that of `ended`, and the task has not been retried since' },
    },
    events: TASK_EVENTS,
    problems: ['task_not_found', 'too_many_connections'],
  },
  issueTicket: {
    route: 'POST /api/tasks/{task_id}/ticket',
    summary: 'Get a ticket for the WebSocket of a task',
    description: 'A browser cannot send its API key with a WebSocket. A ticket opens one connection and expires soon.',
    role: 'viewer',
    networks: 'task',
    body: emptyBodySchema,
    answers: { 201: { when: 'The ticket', body: ticketViewSchema } },
    problems: ['task_not_found'],
  },
  issueTicketForAll: {
    route: 'POST /api/tickets',
    summary: 'Get a ticket for the WebSocket of all tasks',
    description: 'Like a ticket of one task; it opens `/ws/tasks/progress` once.',
    role: 'viewer',
    networks: 'filtered',
    body: emptyBodySchema,
    answers: { 201: { when: 'The ticket', body: ticketViewSchema } },
  },
  pauseTask: toTaskCommand('pause', 'Pause a task: running scans end, nothing new starts'),
  resumeTask: toTaskCommand('resume', 'Resume a paused task'),
  cancelTask: toTaskCommand('cancel', 'Cancel a task: running scans are aborted'),
  retryTask: {
    route: 'POST /api/tasks/{task_id}/retry',
    summary: 'Scan again what FAILED or timed out, or a selection of it',
    description:
      'Without `target`, `status` and `error_code`: all of it. A subtask is retried if it matches everything that ' +
      'is given.',
    versioned: 'write',
    role: 'operator',
    networks: 'task',
    body: retryTaskBodySchema,
    examples: {
      ...COMMAND_EXAMPLES,
      'how many of a network': { target: '127.0.0.0/28', error_code: 'NODE_LOST', dry_run: true },
      'what timed out': { status: ['TIMEOUT'] },
    },
    answers: {
      200: { when: 'All retries are sent; or it was a dry run', body: retriedTaskSchema },
      202: { when: 'The retries are stored; some of them are sent later', body: retriedTaskSchema },
    },
    problems: ['task_not_found', 'illegal_transition', 'invalid_targets', 'retry_pending'],
  },
});

function toTaskCommand<Command extends string>(command: Command, summary: string) {
  return {
    route: `POST /api/tasks/{task_id}/${command}`,
    summary,
    description: 'Without effect on a task that is in this state already: the answer is 200 with `changed: false`.',
    versioned: 'both',
    role: 'operator',
    networks: 'task',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The task after the command', body: commandedTaskSchema } },
    problems: ['task_not_found', 'illegal_transition'],
  } as const satisfies Row;
}

/**
 * Their bodies and answers, by the names that generators of clients give to the types. A `…Spec` has what a client asks
 * for; the type without it what the server has.
 */
export const TASK_REQUESTS = {
  TaskRequest: createTaskRequestSchema,
  CreateTask: createTaskBodySchema,
  CreateTaskFrom: scanAgainBodySchema,
  ScanSpec: taskShape.scan,
  TaskConfigSpec: taskShape.config.unwrap(),
  ErrorInfoSpec: taskShape.error_info.unwrap(),
  ScanChange: scanChangeSchema,
  TaskConfigChange: taskConfigChangeSchema,
  TaskStep: taskStepSchema,
  TaskStepScan: taskStepSchema.shape.scan,
  StepTargets: stepTargetsSchema,
  ErrorThreshold: errorThresholdSchema,
  Network: networkSchema,
  Reason: reasonTextSchema,
  ChangeTask: changeTaskBodySchema,
  Command: commandBodySchema,
  RetryTask: retryTaskBodySchema,
  CleanUp: cleanUpBodySchema,
};
export const TASK_ANSWERS = {
  Task: taskViewSchema,
  TaskPage: pageOf(taskViewSchema),
  TaskScan: scanSchema,
  TaskConfig: taskConfigSchema,
  TaskHistoryEntry: taskViewSchema.shape.status_history.element,
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
};
