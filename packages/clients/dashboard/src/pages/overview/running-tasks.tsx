import { Empty } from '../../components/notice';
import { ProgressBar } from '../../components/progress-bar';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatDuration } from '../../components/time';
import { isStanding, Waiting } from '../../components/waiting-reason';
import { useMoves } from '../../live/use-moves';
import type { LiveTask } from '../../live/with-progress';
import { TaskState } from '../../states/state-badge';
import { toTaskName } from '../../states/task-name';
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
        <Table
          class="running-tasks"
          rows={running.slice(0, most)}
          toKey={({ task_id }) => task_id}
          columns={[
            [t('task'), (task) => <TaskLink task={task} />, 'name'],
            !isWall && [t('state'), ({ status }) => <TaskState status={status} />],
            [t('progress'), ({ progress }) => <ProgressBar counts={progress} percent={progress.progress_percentage} />],
            [t('remaining'), ({ remaining }) => (remaining == null ? '–' : formatDuration(remaining)), 'number'],
            [t('waits'), (task) => <Waits task={task} />],
          ]}
        />
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

/** Why it does not continue: not that it is between two jobs for a moment. */
function Waits({ task: { waiting_reason: reason, progress } }: { task: LiveTask }) {
  const moves = useMoves(progress);
  return reason && isStanding(reason, moves) ? <Waiting reason={reason} /> : <>–</>;
}

/** A task by its name, else its targets. */
export const TaskLink = ({ task }: { task: Pick<LiveTask, 'task_id' | 'name' | 'task_target'> }) => (
  <a href={`/tasks/${task.task_id}`}>
    <bdi>{toTaskName(task)}</bdi>
  </a>
);
