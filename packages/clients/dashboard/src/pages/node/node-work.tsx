import { type Node, type SubTask, type Task, unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { isMissing, useData } from '../../api/use-data';
import { TaskLink } from '../../components/name-link';
import { Empty, Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { formatNumber, formatShare } from '../../language/define-texts';
import { SubTaskState } from '../../states/state-badge';
import { compareFailures } from './compare-failures';
import { t } from './texts';

/** Tasks that are read, three reads each; and subtasks of each of them. */
const MOST_TASKS = 5;
const MOST = 100;
const READ_EVERY = 10_000;

interface TaskWork extends ReturnType<typeof compareFailures> {
  task: Task;
  subTasks: SubTask[];
}

/** What the node works on, and what it fails of these tasks beside what the other nodes fail of them. */
export function NodeWork({ node: { node_id, current_tasks: held, current_task_count: count } }: { node: Node }) {
  // The id of a subtask is the task's, a dash and its index.
  const taskIds = [...new Set(held.map(({ subtask_id }) => subtask_id.replace(/-\d+$/, '')))].sort();
  const read = taskIds.slice(0, MOST_TASKS);
  const work = useData(
    async (signal) => (await Promise.all(read.map((task_id) => readWork(task_id, node_id, signal)))).flat(),
    { key: read.join(), every: READ_EVERY },
  );
  const progressOf = new Map(held.map(({ subtask_id, progress }) => [subtask_id, progress]));
  return (
    <>
      <h2>
        {t('runs')} ({formatNumber(count)})
      </h2>
      {read.length === 0 ? (
        <Empty isSmall>{t('runs_nothing')}</Empty>
      ) : (
        <Loaded data={work}>
          {(rows) => (
            <>
              <TaskTable rows={rows} />
              <Table
                rows={rows.flatMap(({ task, subTasks }) => subTasks.map((subTask) => ({ task, ...subTask })))}
                toKey={({ subtask_id }) => subtask_id}
                columns={[
                  [
                    t('address'),
                    ({ task_id, subtask_id, ip }) => <a href={`/tasks/${task_id}/subtasks/${subtask_id}`}>{ip}</a>,
                    'mono name',
                  ],
                  [t('task'), ({ task }) => <TaskLink task={task} />],
                  [t('state'), ({ status }) => <SubTaskState status={status} />],
                  [t('since'), ({ started_time, assigned_time }) => <Time at={started_time ?? assigned_time} />],
                  [t('progress'), ({ subtask_id: id }) => toProgressText(progressOf.get(id)), 'number'],
                ]}
              />
            </>
          )}
        </Loaded>
      )}
      {work.value?.some(({ subTasks }) => subTasks.length === MOST) && (
        <p class="weak">{t('most_each', { count: MOST })}</p>
      )}
      {taskIds.length > read.length && <p class="weak">{t('more_tasks', { count: taskIds.length - read.length })}</p>}
    </>
  );
}

const TaskTable = ({ rows }: { rows: readonly TaskWork[] }) => (
  <Table
    rows={rows}
    toKey={({ task }) => task.task_id}
    columns={[
      [t('task'), ({ task }) => <TaskLink task={task} />, 'name'],
      [t('share'), ({ share }) => formatShare(share), 'number'],
      [t('own_failures'), ({ own }) => formatShare(own), 'number'],
      [t('other_failures'), ({ others }) => formatShare(others), 'number'],
    ]}
  />
);

/** Nothing of a task that was deleted: the node may hold it still. */
const readWork = (task_id: string, node_id: string, signal: AbortSignal): Promise<TaskWork[]> =>
  readTaskWork(task_id, node_id, signal).then(
    (work) => [work],
    (error: unknown) => (isMissing(error) ? [] : Promise.reject(error)),
  );

async function readTaskWork(task_id: string, node_id: string, signal: AbortSignal): Promise<TaskWork> {
  const path = { task_id };
  const [task, nodes, subTasks] = await Promise.all([
    unwrap(client.GET('/api/tasks/{task_id}', { params: { path }, signal })),
    unwrap(client.GET('/api/tasks/{task_id}/nodes', { params: { path }, signal })),
    unwrap(client.GET('/api/tasks/{task_id}/subtasks', { params: { path, query: { node_id, limit: MOST } }, signal })),
  ]);
  return { task, subTasks: subTasks.items, ...compareFailures(nodes.items, node_id) };
}

const toProgressText = (progress: number | undefined) =>
  progress === undefined ? '–' : `${formatNumber(Math.floor(progress))} %`;
