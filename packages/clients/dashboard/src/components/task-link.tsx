import type { Task } from '@cyberstroll/client';
import { toTaskName } from '../states/task-name';

/** A task by its name, else its targets. */
export const TaskLink = ({ task }: { task: Pick<Task, 'task_id' | 'name' | 'task_target'> }) => (
  <a href={`/tasks/${task.task_id}`}>
    <bdi>{toTaskName(task)}</bdi>
  </a>
);
