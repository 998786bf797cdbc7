import { operationsOf } from '../operation';
import { searchAnswerSchema, searchQuerySchema } from '../tasks/search';
import { taskNodesSchema } from '../tasks/task-nodes';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from './statistics';
import { statisticsHistoryQuerySchema, statisticsHistorySchema, statisticsSampleSchema } from './statistics-history';

/** The operations of the tag `statistics`. */
export const STATISTICS_OPERATIONS = operationsOf('statistics', {
  getTaskStatistics: {
    route: 'GET /api/tasks/{task_id}/statistics',
    summary: 'Read the figures of a task',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'Rates are from 0 to 1, times in seconds', body: taskStatisticsSchema } },
    problems: ['task_not_found'],
  },
  getStatistics: {
    route: 'GET /api/statistics',
    summary: 'Read the figures of all tasks, nodes and queues',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'Rates are from 0 to 1, times in seconds', body: fleetStatisticsViewSchema } },
  },
  getTaskNodes: {
    route: 'GET /api/tasks/{task_id}/nodes',
    summary: 'See what each node does for a task',
    description:
      'Of a task of up to 20,000 subtasks all are counted; of a larger one an even sample, whose shares and rates ' +
      'are those of the task, nearly.',
    role: 'viewer',
    networks: 'task',
    answers: { 200: { when: 'The nodes that hold or have closed subtasks of the task', body: taskNodesSchema } },
    problems: ['task_not_found'],
  },
  getStatisticsHistory: {
    route: 'GET /api/statistics/history',
    summary: 'Read the figures of the last hour, day or week',
    role: 'viewer',
    networks: 'refused',
    query: statisticsHistoryQuerySchema,
    answers: { 200: { when: 'The samples that there are', body: statisticsHistorySchema } },
  },
  search: {
    route: 'GET /api/search',
    summary: 'Find tasks and nodes by a text',
    description:
      'By a part of a name; by the beginning of an id or a label, with a capital or without. Tasks come in ' +
      'the order: by id, by name, by label, by address.',
    role: 'viewer',
    networks: 'filtered',
    query: searchQuerySchema,
    answers: { 200: { when: 'What was found', body: searchAnswerSchema } },
  },
});

/** Their answers, by the names that generators of clients give to the types. */
export const STATISTICS_ANSWERS = {
  TaskStatistics: taskStatisticsSchema,
  TaskNodes: taskNodesSchema,
  FleetStatistics: fleetStatisticsViewSchema,
  StatisticsSample: statisticsSampleSchema,
  StatisticsHistory: statisticsHistorySchema,
  SearchAnswer: searchAnswerSchema,
};
