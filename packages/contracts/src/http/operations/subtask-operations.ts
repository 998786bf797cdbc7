import { type Operation, pageOf } from '../operation';
import { COMMAND_EXAMPLES, commandBodySchema, listSubTasksQuerySchema } from '../task';
import { retriedSubTaskSchema, subTaskViewSchema } from '../task-view';

/** The operations of the tag `subtasks`. */
export const SUBTASK_OPERATIONS = {
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
} as const satisfies Record<string, Operation>;
