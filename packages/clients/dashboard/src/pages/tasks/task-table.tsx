import type { Task } from '@cyberstroll/client';
import type { ComponentChildren, RefObject } from 'preact';
import { serverNow } from '../../browser/clock';
import { navigate, query, setQuery } from '../../browser/navigation';
import { ProgressBar } from '../../components/figures';
import { choose } from '../../components/filter';
import { inWords } from '../../components/in-words';
import { cutTargets, toTaskName } from '../../components/name-link';
import { TableBox } from '../../components/scroll-box';
import { SortHead } from '../../components/table';
import { formatDuration, Time } from '../../components/time';
import { isStanding, Waiting } from '../../components/waiting-reason';
import { formatNumber } from '../../language/define-texts';
import { type LiveTask, useLiveTask } from '../../live/progress-of';
import { useMoves } from '../../live/use-moves';
import { TaskState } from '../../states/state-badge';
import type { TaskColumn } from './columns';
import { toEstimatedRate, toRemaining } from './pace';
import type { Selection } from './task-query';
import { t } from './texts';

interface TaskTableProps {
  /** A task that has not changed is the same object as before. */
  tasks: readonly Task[];
  columns: readonly TaskColumn[];
  rows: RefObject<HTMLTableSectionElement | null>;
  /** Undefined: nothing can be selected. */
  selection: Selection | undefined;
  onToggle: (id: string) => void;
}

export const TaskTable = ({ tasks, columns, rows, selection, onToggle }: TaskTableProps) => (
  <TableBox>
    <table class="tasks cards">
      <thead>
        <tr>
          {selection && (
            <th scope="col" class="check">
              <Check
                name={t('select_page')}
                isChecked={selection === 'all' || tasks.every(({ task_id }) => selection.includes(task_id))}
                onToggle={(isChecked) =>
                  setQuery({ selected: isChecked ? tasks.map(({ task_id }) => task_id).join(',') : undefined })
                }
              />
            </th>
          )}
          <th scope="col">{t('task')}</th>
          {columns.map((column) => (
            <Head key={column} column={column} />
          ))}
        </tr>
      </thead>
      <tbody ref={rows}>
        {tasks.map((task) => (
          <TaskRow
            key={task.task_id}
            task={task}
            columns={columns.join()}
            isSelected={selection && (selection === 'all' || selection.includes(task.task_id))}
            onToggle={onToggle}
          />
        ))}
      </tbody>
    </table>
  </TableBox>
);

interface CheckProps {
  name: string;
  isChecked: boolean;
  onToggle: (isChecked: boolean) => void;
}

const Check = ({ name, isChecked, onToggle }: CheckProps) => (
  <label>
    <input
      type="checkbox"
      checked={isChecked}
      onChange={({ currentTarget }) => onToggle(currentTarget.checked)}
      aria-label={name}
    />
  </label>
);

/** What a click on the head of a column sorts by, and then by: orders of the API. The first order is the usual one. */
const SORTS_BY: Partial<Record<TaskColumn, readonly string[]>> = {
  created: ['newest', 'oldest'],
  priority: ['priority', 'newest'],
};

function Head({ column }: { column: TaskColumn }) {
  const sorts = SORTS_BY[column];
  if (!sorts) return <th scope="col">{t(column)}</th>;
  const sort = query.value.get('sort') ?? 'newest';
  const next = sort === sorts[0] ? sorts[1] : sorts[0];
  const isSorted = sort === sorts[0] || (column === 'created' && sort === 'oldest');
  return (
    <SortHead
      title={t(column)}
      direction={isSorted ? (sort === 'oldest' ? 'ascending' : 'descending') : undefined}
      onSort={() => choose({ sort: next === 'newest' ? undefined : next })}
    />
  );
}

interface BothTasks {
  task: Task;
  live: LiveTask;
}

interface TaskRowProps {
  task: Task;
  /** Their names, separated by commas: of the same ones it is drawn once. */
  columns: string;
  isSelected: boolean | undefined;
  onToggle: (id: string) => void;
}

/**
 * It follows its task, so that it alone is drawn when that moves. A click anywhere opens the task, as its link does,
 * which is what the keyboard reaches.
 */
function TaskRow({ task, columns, isSelected, onToggle }: TaskRowProps) {
  const live = useLiveTask(task);
  const shown = columns.split(',') as TaskColumn[];
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
          <Check name={t('select', { name })} isChecked={isSelected} onToggle={() => onToggle(task.task_id)} />
        </td>
      )}
      <th scope="row">
        <a class="row-link" href={href}>
          <bdi>{name}</bdi>
        </a>
        <div class="weak">
          {task.name !== undefined && <span class="mono">{cutTargets(task.task_target)} </span>}
          {!shown.includes('labels') && <Labels task={task} />}
        </div>
      </th>
      {shown.map((column) => (
        <td key={column} class={`of-${column}`} data-title={t(column)}>
          {CELLS[column]({ task, live, shown })}
        </td>
      ))}
    </tr>
  );
}

interface CellProps extends BothTasks {
  /** What has a column of its own is in no other. */
  shown: readonly TaskColumn[];
}

const CELLS: Record<TaskColumn, (of: CellProps) => ComponentChildren> = {
  status: ({ task, live, shown }) => (
    <>
      <TaskState status={live.status} />
      {!shown.includes('priority') && <div class="weak">{t('priority_is', { n: task.config.priority })}</div>}
    </>
  ),
  priority: ({ task }) => formatNumber(task.config.priority),
  progress: ({ live: { progress }, shown }) => (
    <>
      <ProgressBar counts={progress} percent={progress.progress_percentage} />
      <div class="weak">
        {t('addresses', { n: progress.total_targets })}
        {!shown.includes('failed') && countFailed(progress) > 0 && t('of_them_failed', { n: countFailed(progress) })}
      </div>
    </>
  ),
  failed: ({ live: { progress } }) => formatNumber(countFailed(progress)),
  rate: ({ task, live }) => <Pace task={task} live={live} />,
  why: ({ task, live }) => <Why task={task} live={live} />,
  labels: ({ task }) => (task.labels?.length ? <Labels task={task} /> : <None />),
  pool: ({ task }) => toName(task.config.pool),
  initiator: ({ task }) => toName(task.task_initiator),
  category: ({ task }) => toName(task.task_category),
  type: ({ task }) => toName(task.task_type),
  created: ({ task, shown }) => (
    <>
      <Time at={task.created_time} />
      {!shown.includes('initiator') && (
        <div class="weak">
          <bdi>{task.task_initiator}</bdi>
        </div>
      )}
    </>
  ),
  started: ({ task }) => <Time at={task.started_time} />,
  ended: ({ task }) => <Time at={task.completed_time} />,
};

const countFailed = ({ failed_count, timeout_count }: LiveTask['progress']) => failed_count + timeout_count;

const None = () => <span class="weak">–</span>;
const toName = (name: string | undefined) => (name === undefined || name === '' ? <None /> : <bdi>{name}</bdi>);

const Labels = ({ task }: { task: Task }) => (
  <>
    {task.labels?.map((label) => (
      <bdi key={label} class="chip">
        {label}
      </bdi>
    ))}
  </>
);

/** How fast, and how long still; of a task that has ended, how long it took. */
function Pace({ task, live }: BothTasks) {
  const remaining = toRemaining(live, () => serverNow.value);
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
function Why({ task, live: { status, progress } }: BothTasks) {
  const moves = useMoves(progress);
  if (status !== task.status) return <None />;
  const last = task.status_history.at(-1);
  const isStopped = SAYS_WHY.includes(status) && last !== undefined;
  const reason = task.waiting_reason && isStanding(task.waiting_reason, moves) ? task.waiting_reason : undefined;
  if (!reason && !isStopped) return <None />;
  return (
    <>
      {reason && <Waiting reason={reason} />}
      {isStopped && reason?.code !== 'paused' && (
        <div class="weak">
          <bdi>{last.operator}</bdi>: <bdi>{inWords(last.reason, last.sentence)}</bdi>
        </div>
      )}
    </>
  );
}
