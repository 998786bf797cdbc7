import { Empty } from '../../components/notice';
import { ProgressBar } from '../../components/progress-bar';
import { TableBox } from '../../components/scroll-box';
import { formatDuration } from '../../components/time';
import { Waiting } from '../../components/waiting-reason';
import type { LiveTask } from '../../live/with-progress';
import { TaskState } from '../../states/state-badge';
import { t } from './texts';

interface RunningTasksProps {
  tasks: readonly LiveTask[];
  /** False where there are more open tasks than were read. */
  isAll: boolean;
  most: number;
  isWall: boolean;
}

/** The tasks that run, with what is done of each. */
export function RunningTasks({ tasks, isAll, most, isWall }: RunningTasksProps) {
  const running = tasks.filter(({ status }) => status === 'RUNNING');
  if (running.length === 0) return <Empty>{t('no_tasks')}</Empty>;
  const left = running.length - most;
  return (
    <>
      <TableBox live>
        <table class="running-tasks">
          <thead>
            <tr>
              <th scope="col">{t('task')}</th>
              {!isWall && <th scope="col">{t('state')}</th>}
              <th scope="col">{t('progress')}</th>
              <th scope="col" class="number">
                {t('remaining')}
              </th>
              <th scope="col">{t('waits')}</th>
            </tr>
          </thead>
          <tbody>
            {running.slice(0, most).map((task) => (
              <tr key={task.task_id}>
                <th scope="row">
                  <TaskLink task={task} />
                </th>
                {!isWall && (
                  <td>
                    <TaskState status={task.status} />
                  </td>
                )}
                <td>
                  <ProgressBar counts={task.progress} percent={task.progress.progress_percentage} />
                </td>
                <td class="number">{task.remaining == null ? '–' : formatDuration(task.remaining)}</td>
                <td>{task.waiting_reason ? <Waiting reason={task.waiting_reason} /> : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      {left > 0 && (
        <p class="weak">
          {t(isAll ? 'more' : 'more_at_least', { count: left })}{' '}
          {!isWall && <a href="/tasks?status=RUNNING">{t('all_tasks')}</a>}
        </p>
      )}
    </>
  );
}

/** A task by its name, else its id. */
export const TaskLink = ({ task: { task_id, name } }: { task: Pick<LiveTask, 'task_id' | 'name'> }) => (
  <a href={`/tasks/${task_id}`} class={name === undefined ? 'mono' : ''}>
    <bdi>{name ?? task_id}</bdi>
  </a>
);
