import { TaskLink } from '../../components/name-link';
import { Empty } from '../../components/notice';
import { ProgressBar } from '../../components/progress-bar';
import { Table } from '../../components/table';
import { formatDuration } from '../../components/time';
import { isStanding, Waiting } from '../../components/waiting-reason';
import type { LiveTask } from '../../live/with-progress';
import { TaskState } from '../../states/state-badge';
import { t } from './texts';

interface RunningTasksProps {
  tasks: readonly LiveTask[];
  /** Task ids of those that move. */
  moving: ReadonlySet<string>;
  /** False where there are more open tasks than were read. */
  isAll: boolean;
  most: number;
  isWall: boolean;
}

/** The tasks that run, with what is done of each. */
export function RunningTasks({ tasks, moving, isAll, most, isWall }: RunningTasksProps) {
  const running = tasks.filter(({ status }) => status === 'RUNNING');
  if (running.length === 0) return <Empty isSmall>{t('no_tasks')}</Empty>;
  const left = running.length - most;
  return (
    <>
      <Table
        class="running-tasks"
        rows={running.slice(0, most)}
        toKey={({ task_id }) => task_id}
        columns={[
          [t('task'), (task) => <TaskLink task={task} />, 'name'],
          !isWall && [t('state'), ({ status }) => <TaskState status={status} />],
          [t('progress'), ({ progress }) => <ProgressBar counts={progress} percent={progress.progress_percentage} />],
          [t('remaining'), ({ remaining }) => (remaining == null ? '–' : formatDuration(remaining)), 'number'],
          [t('waits'), (task) => <Waits task={task} moves={moving.has(task.task_id)} />],
        ]}
      />
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
const Waits = ({ task: { waiting_reason: reason }, moves }: { task: LiveTask; moves: boolean }) =>
  reason && isStanding(reason, moves) ? <Waiting reason={reason} /> : <>–</>;
