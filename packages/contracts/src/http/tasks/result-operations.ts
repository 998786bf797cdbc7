import { portResultSchema } from '../../documents/scan-result';
import { operationsOf, pageOf } from '../operation';
import {
  DIFF_COLUMNS,
  diffSummarySchema,
  hostDifferenceSchema,
  portDifferenceSchema,
  taskDiffQuerySchema,
  taskDiffSchema,
} from './diff';
import { FINDING_COLUMNS, findingViewSchema, listFindingsQuerySchema } from './finding';
import { listResultsQuerySchema, listTaskResultsQuerySchema, RESULT_COLUMNS, resultSchema } from './result';
import { MAX_FACET_RESULTS, resultFacetsQuerySchema, resultFacetsSchema } from './result-facets';
import { taskPortsQuerySchema, taskPortsSchema } from './task-ports';

const resultAnswers = {
  answers: { 200: { when: 'Results that match every filter', body: pageOf(resultSchema) } },
  streams: {
    'application/x-ndjson': 'One result per line, as JSON',
    'text/csv':
      `One row per open port that matches, with the columns ${RESULT_COLUMNS.join(', ')} (RFC 4180). Text that a ` +
      'spreadsheet could take for a formula begins with an apostrophe.',
  },
} as const;

/** The operations of the tag `results`. */
export const RESULT_OPERATIONS = operationsOf('results', {
  listResults: {
    route: 'GET /api/results',
    summary: 'Find hosts with open ports, across all tasks',
    description:
      'Which hosts have port 22 open? `port=22`. The newest come first; with `target` or `sort=address` in the order of addresses, ' +
      'with `task_id` alone in the order of the task; with `label` task by task. A page that is not full after 4 ' +
      'seconds is short, perhaps empty, and has a `next_cursor`. As NDJSON or CSV: everything that matches, in one ' +
      'answer, two at a time with one API key, and eight from a replica; `Accept` chooses, and in an address ' +
      '`format=ndjson` or `format=csv`. ' +
      'A fault that stays ends the connection before the end of the answer.',
    role: 'viewer',
    networks: 'filtered',
    query: listResultsQuerySchema,
    ...resultAnswers,
    problems: ['too_many_exports', 'exports_busy'],
  },
  countResults: {
    route: 'GET /api/results/facets',
    summary: 'Count hosts with open ports by port and by service, across all tasks or in one',
    description:
      'The filters are those of `/api/results`, with `task_id` for one task. Counted are the open ports that match, ' +
      `as in a CSV, of the first ${MAX_FACET_RESULTS} results, for 4 seconds at most; \`is_complete\` says whether ` +
      'there were more. `limit`: ports at most, and services at most.',
    role: 'viewer',
    networks: 'filtered',
    query: resultFacetsQuerySchema,
    answers: { 200: { when: 'Ports and services, those of the most results first', body: resultFacetsSchema } },
  },
  listFindings: {
    route: 'GET /api/findings',
    summary: 'Find what scans found beside open ports, across all tasks or in one',
    description:
      'What the nodes of a method report as `findings`, such as a weak login or a CVE. The newest come first; with ' +
      '`target` in the order of addresses. As NDJSON or CSV: everything that matches, whatever `limit` is, in one ' +
      'answer, two at a time with one API key, and eight from a replica; `Accept` chooses, and in an address ' +
      '`format=ndjson` or `format=csv`. A fault that stays ends the connection before the end of the answer.',
    role: 'viewer',
    networks: 'filtered',
    query: listFindingsQuerySchema,
    answers: { 200: { when: 'Findings that match every filter', body: pageOf(findingViewSchema) } },
    streams: {
      'application/x-ndjson': 'One finding per line, as JSON',
      'text/csv':
        `One row per finding, with the columns ${FINDING_COLUMNS.join(', ')} (RFC 4180). Text that a spreadsheet ` +
        'could take for a formula begins with an apostrophe.',
    },
    problems: ['too_many_exports', 'exports_busy'],
  },
  listTaskResults: {
    route: 'GET /api/tasks/{task_id}/results',
    summary: 'Find hosts with open ports in one task',
    description: 'Like `/api/results`, of one task.',
    role: 'viewer',
    networks: 'task',
    query: listTaskResultsQuerySchema,
    ...resultAnswers,
    problems: ['task_not_found', 'too_many_exports', 'exports_busy'],
  },
  getTaskPorts: {
    route: 'GET /api/tasks/{task_id}/ports',
    summary: 'See the open ports of a task by port and service',
    role: 'viewer',
    networks: 'task',
    query: taskPortsQuerySchema,
    answers: { 200: { when: 'Ports and services, those of the most hosts first', body: taskPortsSchema } },
    problems: ['task_not_found'],
  },
  diffTasks: {
    route: 'GET /api/tasks/{task_id}/diff/{other_id}',
    summary: 'Compare what two tasks found',
    description:
      'What became of each host and port from `task_id` to `other_id`, in the order of addresses: opened, closed, ' +
      'another service or banner. What one of the tasks has not scanned is unknown to it, and not a difference: ' +
      'addresses that are no target of it or have not COMPLETED, ports outside its list, ports that an exclusion took ' +
      'out of the scan. As NDJSON or CSV: every ' +
      'difference, in one answer; `Accept` chooses, and in an address `format=ndjson` or `format=csv`. A fault in ' +
      'the middle of it ends the connection before the end of the answer.',
    role: 'viewer',
    networks: 'task',
    query: taskDiffQuerySchema,
    answers: { 200: { when: 'Hosts that are different', body: taskDiffSchema } },
    streams: {
      'application/x-ndjson': 'One host per line, as JSON. The last line is `{"summary": …}`',
      'text/csv':
        `One row per port that is different, with the columns ${DIFF_COLUMNS.join(', ')} (RFC 4180). Text that a ` +
        'spreadsheet could take for a formula begins with an apostrophe.',
    },
    problems: ['task_not_found', 'too_many_exports', 'exports_busy'],
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const RESULT_ANSWERS = {
  Result: resultSchema,
  ResultPage: pageOf(resultSchema),
  Finding: findingViewSchema,
  FindingPage: pageOf(findingViewSchema),
  PortResult: portResultSchema,
  ResultFacets: resultFacetsSchema,
  TaskPorts: taskPortsSchema,
  TaskDiff: taskDiffSchema,
  HostDifference: hostDifferenceSchema,
  PortDifference: portDifferenceSchema,
  DiffSummary: diffSummarySchema,
};
