import { ApiError, type ProgressUpdate, type Task } from '@cyberstroll/client';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { useEffect } from 'preact/hooks';
import { client } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { isVisible } from '../../browser/clock';
import { Loaded } from '../../components/notice';
import { Panel } from '../../components/panel';
import { findTab, Tabs } from '../../components/tabs';
import { useTaskProgress } from '../../live/task-progress';
import { hasEnded } from '../../states/find-commands';
import { ConfigTab } from './config-tab';
import { ErrorCodes } from './error-codes';
import { hasMoved } from './eta-band';
import { GridTab } from './grid/grid-tab';
import { NodesTab } from './nodes-tab';
import { ResultsTab } from './results-tab';
import { StatusBar } from './status-bar';
import { StatusTable, Timeline } from './status-history';
import { SubTasksTab } from './subtasks-tab';
import './task.css';
import { TaskFigures } from './task-figures';
import { TaskHeader } from './task-header';
import { t } from './texts';

/** A task with many targets is a long text: it is read less often. */
const READ_EVERY = 3_000;
const LONG_TARGET = 20_000;

/** One task: how far it is, what it found, and what may be done with it. */
export default function TaskPage({ task_id: taskId = '' }: { task_id?: string }) {
  const task = useData(() => readTask(taskId), { key: taskId });
  return <Loaded data={task}>{(read) => <TaskView read={read} reload={task.reload} />}</Loaded>;
}

/** A task that exists: only then it is followed. */
function TaskView({ read, reload }: { read: ReadTask; reload: () => void }) {
  const taskId = read.task.task_id;
  const { update, samples, freshness } = useTaskProgress(taskId);
  const isLong = read.task.task_target.length > LONG_TARGET;
  useReload(reload, update?.status, isLong ? 10 * READ_EVERY : READ_EVERY);
  const statistics = useGet('/api/tasks/{task_id}/statistics', { path: { task_id: taskId } }, 5_000);
  const tabs = {
    grid: t('grid'),
    subtasks: t('subtasks'),
    nodes: t('nodes'),
    results: t('results'),
    events: t('events'),
    config: t('config'),
  };
  const tab = findTab(tabs);
  const live = withUpdate(read.task, update);
  const codes = statistics.value?.error_codes ?? {};
  return (
    <>
      <TaskHeader task={live} etag={read.etag} moves={hasMoved(samples, Date.now())} reload={reload} />
      <Panel of={[freshness.oldSince]}>
        <TaskFigures
          task={live}
          update={update}
          samples={samples}
          freshness={freshness}
          openPorts={statistics.value?.open_ports_total}
        />
      </Panel>
      <Tabs tabs={tabs} label={t('parts')} />
      <div class="task-body">
        <div>
          {tab === 'grid' && (
            <GridTab
              taskId={taskId}
              total={live.progress.total_targets}
              isEnded={hasEnded(live.status)}
              progress={update}
            />
          )}
          {tab === 'subtasks' && (
            <SubTasksTab
              taskId={taskId}
              total={live.progress.total_targets}
              errorCodes={Object.keys(codes)}
              version={update?.seq}
            />
          )}
          {tab === 'results' && <ResultsTab taskId={taskId} />}
          {tab === 'nodes' && <NodesTab taskId={taskId} />}
          {tab === 'events' && <StatusTable taskId={taskId} history={live.status_history} />}
          {tab === 'config' && <ConfigTab task={live} />}
        </div>
        <div>
          <Panel
            of={[statistics.oldSince]}
            isUncertain={statistics.value === undefined || statistics.error !== undefined}
          >
            <div class="task-sides">
              <StatusBar history={live.status_history} />
              {tab !== 'events' && <Timeline history={live.status_history} />}
              <ErrorCodes counts={codes} />
            </div>
          </Panel>
        </div>
      </div>
    </>
  );
}

interface ReadTask {
  task: Task;
  etag: string | undefined;
}

async function readTask(taskId: string): Promise<ReadTask> {
  const { data, error, response } = await client.GET('/api/tasks/{task_id}', { params: { path: { task_id: taskId } } });
  if (!data) throw new ApiError(response, error);
  return { task: data, etag: response.headers.get('etag') ?? undefined };
}

/** Reads again when the status has changed, and each `every` milliseconds: what a task waits for is in no message. */
function useReload(reload: () => void, status: string | undefined, every: number): void {
  useEffect(() => {
    if (status !== undefined) reload();
  }, [status]);
  useEffect(() => {
    const timer = setInterval(() => isVisible.value && reload(), every);
    return () => clearInterval(timer);
  }, [every]);
}

/** The task with the progress that was heard of last. */
function withUpdate(task: Task, update: ProgressUpdate | undefined): Task {
  if (!update) return task;
  // A task that has ended, and is not ended any more, was retried: the history comes with the next read.
  const isBehind = hasEnded(update.status as TaskStatus) && !hasEnded(task.status);
  return {
    ...task,
    ...(isBehind ? {} : { status: update.status as TaskStatus }),
    progress: { ...update.counts, progress_percentage: update.progress },
  };
}
