import { TASK_COLUMNS, type TaskView } from '@cyberstroll/contracts';
import { toCsvRow } from '../results/csv';

export const TASK_CSV_HEADER = toCsvRow(TASK_COLUMNS);

/** A task as a row of the CSV. */
export function toTaskCsvRow(task: TaskView): string {
  const { config, progress } = task;
  const cells: Record<(typeof TASK_COLUMNS)[number], string | number | undefined> = {
    task_id: task.task_id,
    name: task.name,
    status: task.status,
    task_target: task.task_target,
    task_type: task.task_type,
    task_category: task.task_category,
    task_initiator: task.task_initiator,
    labels: task.labels.join('; '),
    pool: config.pool,
    priority: config.priority,
    created_time: task.created_time.toISOString(),
    started_time: task.started_time?.toISOString(),
    completed_time: task.completed_time?.toISOString(),
    total_targets: progress.total_targets,
    completed_count: progress.completed_count,
    failed_count: progress.failed_count,
    timeout_count: progress.timeout_count,
    cancelled_count: progress.cancelled_count,
    progress_percentage: progress.progress_percentage,
    metadata: task.metadata && JSON.stringify(task.metadata),
  };
  return toCsvRow(TASK_COLUMNS.map((column) => cells[column] ?? ''));
}
