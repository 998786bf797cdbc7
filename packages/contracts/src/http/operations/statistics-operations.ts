import type { Operation } from '../operation';
import { fleetStatisticsViewSchema, taskStatisticsSchema } from '../statistics';

/** The operations of the tag `statistics`. */
export const STATISTICS_OPERATIONS = {
  getTaskStatistics: {
    method: 'GET',
    path: '/api/tasks/{task_id}/statistics',
    tag: 'statistics',
    summary: 'Read the figures of a task',
    role: 'viewer',
    answers: { 200: { when: 'Rates are from 0 to 1, times in seconds', body: taskStatisticsSchema } },
    problems: ['task_not_found'],
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
} as const satisfies Record<string, Operation>;
