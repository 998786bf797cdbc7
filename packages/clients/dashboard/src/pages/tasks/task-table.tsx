import type { ProgressUpdate, Task } from '@cyberstroll/client';
import type { RefObject } from 'preact';
import { serverNow } from '../../browser/clock';
import { navigate } from '../../browser/navigation';
import { ProgressBar } from '../../components/progress-bar';
import { TableBox } from '../../components/scroll-box';
import { formatDuration, Time } from '../../components/time';
import { Waiting } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { type RowTask, toEstimatedRate, toLiveTask } from './live-task';
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
            live={toLiveTask(task, updates.get(task.task_id), serverNow.value)}
            isSelected={selection && (selection === 'all' || selection.includes(task.task_id))}
            onToggle={() => onToggle(task.task_id)}
          />
        ))}
      </tbody>
    </table>
  </TableBox>
);

interface TaskRowProps {
  live: RowTask;
  isSelected: boolean | undefined;
  onToggle: () => void;
}

/** A click anywhere opens the task, as its link does, which is what the keyboard reaches. */
function TaskRow({ live, isSelected, onToggle }: TaskRowProps) {
  const { task, status, counts, percent } = live;
  const href = `/tasks/${task.task_id}`;
  const name = task.name ?? cut(task.task_target);
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
          {task.name !== undefined && <span class="mono">{cut(task.task_target)} </span>}
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
        <ProgressBar counts={counts} percent={percent} />
        <div class="weak">
          {t('addresses', { n: counts.total_targets })}
          {counts.failed_count + counts.timeout_count > 0 &&
            t('of_them_failed', { n: counts.failed_count + counts.timeout_count })}
        </div>
      </td>
      <td class="rate">
        <Pace live={live} />
      </td>
      <td class="why">
        <Why task={task} status={status} />
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
function Pace({ live }: { live: RowTask }) {
  const rate = toEstimatedRate(live);
  const { actual_duration: took } = live.task;
  if (rate !== undefined && live.remaining) {
    return (
      <>
        {t('per_second', { n: formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 }) })}
        <div class="weak">{t('left', { duration: formatDuration(live.remaining) })}</div>
      </>
    );
  }
  const hasEnded = live.status === live.task.status && took !== undefined;
  return <span class="weak">{hasEnded ? t('took', { duration: formatDuration(took) }) : '–'}</span>;
}

const SAYS_WHY: readonly string[] = ['PAUSED', 'FAILED', 'CANCELLED', 'TIMEOUT'];

/** Why it does not continue: the API's reason to wait; of one that was stopped, who did it and why. */
function Why({ task, status }: Pick<RowTask, 'task' | 'status'>) {
  if (status !== task.status) return <span class="weak">–</span>;
  const last = task.status_history.at(-1);
  const isStopped = SAYS_WHY.includes(status) && last !== undefined;
  if (!task.waiting_reason && !isStopped) return <span class="weak">–</span>;
  return (
    <>
      {task.waiting_reason && <Waiting reason={task.waiting_reason} />}
      {isStopped && (
        <div class="weak">
          <bdi>{last.operator}</bdi>: <bdi>{last.reason}</bdi>
        </div>
      )}
    </>
  );
}

const SHOWN_TARGET = 60;
const cut = (target: string) => (target.length > SHOWN_TARGET ? `${target.slice(0, SHOWN_TARGET)}…` : target);
