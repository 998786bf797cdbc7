import { type Operation, pageOf } from '../operation';
import { listResultsQuerySchema, listTaskResultsQuerySchema, RESULT_COLUMNS, resultSchema } from '../result';

const resultAnswers = {
  answers: { 200: { when: 'Results that match every filter', body: pageOf(resultSchema) } },
  streams: {
    'application/x-ndjson': 'One result per line, as JSON',
    'text/csv': `One row per open port that matches, with the columns ${RESULT_COLUMNS.join(', ')} (RFC 4180). Text that a spreadsheet could take for a formula begins with an apostrophe.`,
  },
} as const;

/** The operations of the tag `results`. */
export const RESULT_OPERATIONS = {
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
} as const satisfies Record<string, Operation>;
