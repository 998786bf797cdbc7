import type { ProgressUpdate, Task } from '@cyberstroll/client';
import type { RefObject } from 'preact';
import { serverNow } from '../../browser/clock';
import { navigate } from '../../browser/navigation';
import { ProgressBar } from '../../components/progress-bar';
import { TableBox } from '../../components/scroll-box';
import { formatDuration, Time } from '../../components/time';
import { Waiting } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import { type LiveTask, toLiveTask } from '../../live/with-progress';
import { TaskState } from '../../states/state-badge';
import { cutTargets, toTaskName } from '../../states/task-name';
import { toEstimatedRate, toRemaining } from './pace';
import type { Selection } from './task-query';
import { t } from './texts';

interface TaskTableProps {
  tasks: readonly Task[];
  updates: ReadonlyMap<string, ProgressUpdate>;
  rows: RefObject<HTMLTableSectionElement | null>;
  /** Undefined: nothing can be selected. */
  selection: Selection | undefined;
  onToggle: (id: string) => void;
}

export const TaskTable = ({ tasks, updates, rows, selection, onToggle }: TaskTableProps) => (
  <TableBox>
    <table class="tasks live">
      <thead>
        <tr>
          {selection && (
            <th scope="col">
              <span class="visually-hidden">{t('selected')}</span>
            </th>
          )}
          <th scope="col">{t('task')}</th>
          <th scope="col">{t('status')}</th>
          <th scope="col">{t('progress')}</th>
          <th scope="col">{t('rate')}</th>
          <th scope="col">{t('why')}</th>
          <th scope="col">{t('created')}</th>
        </tr>
      </thead>
      <tbody ref={rows}>
        {tasks.map((task) => (
          <TaskRow
            key={task.task_id}
            task={task}
            live={toLiveTask(task, updates.get(task.task_id))}
            isSelected={selection && (selection === 'all' || selection.includes(task.task_id))}
            onToggle={() => onToggle(task.task_id)}
          />
        ))}
      </tbody>
    </table>
  </TableBox>
);

/** A task as it was read, and with what has been heard since. */
interface BothTasks {
  task: Task;
  live: LiveTask;
}

interface TaskRowProps extends BothTasks {
  isSelected: boolean | undefined;
  onToggle: () => void;
}

/** A click anywhere opens the task, as its link does, which is what the keyboard reaches. */
function TaskRow({ task, live, isSelected, onToggle }: TaskRowProps) {
  const { status, progress } = live;
  const failed = progress.failed_count + progress.timeout_count;
  const href = `/tasks/${task.task_id}`;
  const name = toTaskName(task);
  return (
    <tr
      class={isSelected ? 'is-selected' : ''}
      onClick={(event) => {
        if (!(event.target as Element).closest('a, input, label') && getSelection()?.isCollapsed) navigate(href);
      }}
    >
      {isSelected !== undefined && (
        <td class="check">
          <label>
            <input type="checkbox" checked={isSelected} onChange={onToggle} aria-label={t('select', { name })} />
          </label>
        </td>
      )}
      <th scope="row">
        <a class="row-link" href={href}>
          <bdi>{name}</bdi>
        </a>
        <div class="weak">
          {task.name !== undefined && <span class="mono">{cutTargets(task.task_target)} </span>}
          {task.labels?.map((label) => (
            <bdi key={label} class="chip">
              {label}
            </bdi>
          ))}
        </div>
      </th>
      <td>
        <TaskState status={status} />
        <div class="weak">{t('priority_is', { n: task.config.priority })}</div>
      </td>
      <td class="progress-cell">
        <ProgressBar counts={progress} percent={progress.progress_percentage} />
        <div class="weak">
          {t('addresses', { n: progress.total_targets })}
          {failed > 0 && t('of_them_failed', { n: failed })}
        </div>
      </td>
      <td class="rate">
        <Pace task={task} live={live} />
      </td>
      <td class="why">
        <Why task={task} live={live} />
      </td>
      <td class="created">
        <Time at={task.created_time} />
        <div class="weak">
          <bdi>{task.task_initiator}</bdi>
        </div>
      </td>
    </tr>
  );
}

/** How fast, and how long still; of a task that has ended, how long it took. */
function Pace({ task, live }: BothTasks) {
  const remaining = toRemaining(live, serverNow.value);
  const rate = toEstimatedRate(live, remaining);
  const { actual_duration: took } = task;
  if (rate !== undefined && remaining) {
    return (
      <>
        {t('per_second', { n: formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 }) })}
        <div class="weak">{t('left', { duration: formatDuration(remaining) })}</div>
      </>
    );
  }
  const hasEnded = live.status === task.status && took !== undefined;
  return <span class="weak">{hasEnded ? t('took', { duration: formatDuration(took) }) : '–'}</span>;
}

const SAYS_WHY: readonly string[] = ['PAUSED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

/** Why it does not continue: the API's reason to wait; of one that was stopped, who did it and why. */
function Why({ task, live: { status } }: BothTasks) {
  if (status !== task.status) return <span class="weak">–</span>;
  const last = task.status_history.at(-1);
  const isStopped = SAYS_WHY.includes(status) && last !== undefined;
  if (!task.waiting_reason && !isStopped) return <span class="weak">–</span>;
  return (
    <>
      {task.waiting_reason && <Waiting reason={task.waiting_reason} />}
      {isStopped && task.waiting_reason?.code !== 'paused' && (
        <div class="weak">
          <bdi>{last.operator}</bdi>: <bdi>{last.reason}</bdi>
        </div>
      )}
    </>
  );
}
