import { type Operation, pageOf } from '../openapi/operation';
import {
  bulkBodySchema,
  bulkPlanSchema,
  cancelOperationQuerySchema,
  listOperationsQuerySchema,
  operationSchema,
} from '../tasks/bulk';

/** The operations of the tag `operations`. */
export const BULK_OPERATIONS = {
  bulkTasks: {
    method: 'POST',
    path: '/api/tasks/bulk',
    tag: 'operations',
    summary: 'Command all tasks that match a filter',
    description:
      'The tasks are named at once and commanded in the background, each once, whichever replica stops meanwhile. ' +
      '`delete` needs the role admin.',
    role: 'operator',
    networks: 'refused',
    body: bulkBodySchema,
    examples: {
      'what would be paused': { filter: { label: ['nightly'], status: ['RUNNING'] }, action: 'pause', dry_run: true },
      labels: { filter: { label: ['nightly'] }, action: 'label', add_labels: ['night'], remove_labels: ['nightly'] },
    },
    answers: {
      200: { when: 'With `dry_run`: the tasks that match', body: bulkPlanSchema },
      202: { when: 'The operation is stored, and will be carried out', body: operationSchema, location: true },
    },
    problems: [],
  },
  listOperations: {
    method: 'GET',
    path: '/api/operations',
    tag: 'operations',
    summary: 'List operations on many tasks, newest first',
    role: 'viewer',
    networks: 'refused',
    query: listOperationsQuerySchema,
    answers: { 200: { when: 'A page of operations', body: pageOf(operationSchema) } },
    problems: [],
  },
  getOperation: {
    method: 'GET',
    path: '/api/operations/{operation_id}',
    tag: 'operations',
    summary: 'Read how far an operation is',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The operation', body: operationSchema } },
    problems: ['operation_not_found'],
  },
  cancelOperation: {
    method: 'DELETE',
    path: '/api/operations/{operation_id}',
    tag: 'operations',
    summary: 'End an operation before its last task',
    description:
      'Tasks that were commanded stay as they are, and one may be commanded at this moment. An operation that has ' +
      'ended stays as it is.',
    role: 'operator',
    networks: 'refused',
    query: cancelOperationQuerySchema,
    answers: { 200: { when: 'The operation has ended', body: operationSchema } },
    problems: ['operation_not_found'],
  },
} as const satisfies Record<string, Operation>;
