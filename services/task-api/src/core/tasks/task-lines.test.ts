import type { TaskView } from '@cyberstroll/contracts';
import { TASK_CSV_HEADER, toTaskCsvRow } from './task-lines';

it('a task is a row under the heads, and no text is a formula', () => {
  const task = {
    task_id: 'a'.repeat(24),
    name: '=cmd|"/c calc"!A1',
    status: 'RUNNING',
    task_target: '10.0.0.0/24,10.0.1.1',
    task_type: 'port_scan',
    task_category: '+x',
    task_initiator: '@ada',
    labels: ['prod', '-night\u2028shift'],
    metadata: { ticket: 7 },
    config: { pool: 'slow', priority: 5 },
    created_time: new Date(0),
    progress: {
      total_targets: 257,
      completed_count: 1,
      failed_count: 2,
      timeout_count: 3,
      cancelled_count: 4,
      progress_percentage: 3.9,
    },
  } as unknown as TaskView;
  const row =
    `${task.task_id},"'=cmd|""/c calc""!A1",RUNNING,"10.0.0.0/24,10.0.1.1",port_scan,'+x,'@ada,` +
    'prod; -night shift,slow,5,1970-01-01T00:00:00.000Z,,,257,1,2,3,4,3.9,"{""ticket"":7}"\r\n';
  expect(toTaskCsvRow(task)).toBe(row);
  expect(TASK_CSV_HEADER.split(',')).toHaveLength(20);
});
