import { scanResultSchema } from '../../documents/scan-result';
import { operationsOf, pageOf } from '../operation';
import { taskGridQuerySchema } from './grid';
import { COMMAND_EXAMPLES, commandBodySchema, listSubTasksQuerySchema } from './task';
import { retriedSubTaskSchema, subTaskViewSchema } from './task-view';

/** The operations of the tag `subtasks`. */
export const SUBTASK_OPERATIONS = operationsOf('subtasks', {
  listSubTasks: {
    route: 'GET /api/tasks/{task_id}/subtasks',
    summary: 'List the subtasks of a task, also those that no node has touched',
    description: 'A subtask of the list matches every filter that is given.',
    role: 'viewer',
    networks: 'task',
    query: listSubTasksQuerySchema,
    answers: {
      200: {
        when: 'A page of subtasks, in the order in which the task sends them out, or by address',
        body: pageOf(subTaskViewSchema),
      },
    },
    problems: ['task_not_found', 'invalid_targets'],
  },
  getTaskGrid: {
    route: 'GET /api/tasks/{task_id}/grid',
    summary: 'Read the state of every address of a task, as cells',
    description:
      'The cells are in the order of the addresses, as far as the window reaches. Changes come on the WebSocket ' +
      '`/ws/tasks/{task_id}/grid`: open it first. Read a large task in parts, with `by=index`. The layout of the bytes ' +
      'is in the README of packages/grid.',
    role: 'viewer',
    networks: 'task',
    query: taskGridQuerySchema,
    answers: { 200: { when: 'The cells of the window; none if it begins after the last one' } },
    bytes: {
      type: 'application/octet-stream',
      description:
        'Little endian: 4 bytes with the length of the header; the header, JSON; then for each cell 6 bytes ' +
        '(`per=1`: status, flags, 2 attempt, 2 node), or 36 bytes (counts of 4 bytes: of each status, and of those ' +
        'with open ports)',
    },
    problems: ['task_not_found', 'grid_too_large', 'grid_busy'],
  },
  getSubTask: {
    route: 'GET /api/tasks/{task_id}/subtasks/{subtask_id}',
    summary: 'Read a subtask',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'The subtask', body: subTaskViewSchema } },
    problems: ['task_not_found', 'subtask_not_found'],
  },
  retrySubTask: {
    route: 'POST /api/tasks/{task_id}/subtasks/{subtask_id}/retry',
    summary: 'Scan one address again that FAILED or timed out',
    role: 'operator',
    networks: 'task',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The retry is sent, or was before', body: retriedSubTaskSchema } },
    problems: ['task_not_found', 'subtask_not_found', 'illegal_transition'],
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const SUBTASK_ANSWERS = {
  SubTask: subTaskViewSchema,
  SubTaskPage: pageOf(subTaskViewSchema),
  SubTaskHistoryEntry: subTaskViewSchema.shape.status_history.element,
  RetriedSubTask: retriedSubTaskSchema,
  ScanResult: scanResultSchema,
};
