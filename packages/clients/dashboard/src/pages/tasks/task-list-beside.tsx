import type { Task } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { path } from '../../browser/navigation';
import { ProgressBar } from '../../components/figures';
import { toTaskName } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { useFollowed, useLiveTask } from '../../live/progress-of';
import { TaskState } from '../../states/state-badge';
import { lastList, toTaskQuery } from './task-query';
import { t } from './texts';

const READ_EVERY = 5_000;

/** The list that the reader came from, beside the task that is open: with its filters, and the task marked. */
export function TaskListBeside() {
  const tasks = useGet('/api/tasks', { query: toTaskQuery(lastList.value) }, READ_EVERY);
  const read = tasks.value?.items ?? [];
  useFollowed(read.map(({ task_id }) => task_id));
  const address = lastList.value.toString();
  return (
    <nav class="beside" aria-label={t('list')}>
      <a class="button" href={address === '' ? '/tasks' : `/tasks?${address}`}>
        {t('whole_list')}
      </a>
      <Loaded data={tasks}>
        {() => (
          <ul>
            {read.map((task) => (
              <TaskItem key={task.task_id} task={task} />
            ))}
          </ul>
        )}
      </Loaded>
    </nav>
  );
}

/** It follows its task, so that it alone is drawn when that moves. */
function TaskItem({ task }: { task: Task }) {
  const { status, progress } = useLiveTask(task);
  const href = `/tasks/${task.task_id}`;
  return (
    <li>
      <a href={href} aria-current={path.value === href ? 'page' : undefined}>
        <bdi>{toTaskName(task)}</bdi>
        <TaskState status={status} />
        <ProgressBar counts={progress} percent={progress.progress_percentage} />
      </a>
    </li>
  );
}
