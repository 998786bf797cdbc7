import type { Task } from '@cyberstroll/client';
import { ProgressBar } from '../../components/progress-bar';

/** The task's addresses by state. */
export const GridTab = ({ task }: { task: Task }) => (
  <ProgressBar counts={task.progress} percent={task.progress.progress_percentage} />
);
