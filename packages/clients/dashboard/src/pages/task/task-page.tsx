import { ApiError, type ProgressUpdate, type Task } from '@cyberstroll/client';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { PortFilter, TextFilter } from '../../components/filter';
import { ExportMenu } from '../../components/menu';
import { Loaded, Panel } from '../../components/notice';
import { findTab, Tabs } from '../../components/tabs';
import { useTaskProgress } from '../../live/task-progress';
import { useMoves } from '../../live/use-moves';
import { hasEnded } from '../../states/states';
import { FindingTable } from '../results/finding-table';
import { readResultFilter, readSort, toExportName } from '../results/result-filter';
import { ResultFacets, ResultOrder, ResultTable } from '../results/result-table';
import { SubTaskPanel } from '../subtask/subtask-panel';
import { GridTab } from './grid/grid-tab';
import { SubTasksTab } from './subtasks-tab';
import { TaskFigures, TaskHeader } from './task-head';
import { ErrorCodes, StatusBar, TaskNodes, TaskSettings, Timeline } from './task-sides';
import { t } from './texts';
import './task.css';

/** A task with many targets is a long text: it is read less often. What a task waits for is in no message. */
const READ_EVERY = 5_000;
const LONG_TARGET = 20_000;

export default function TaskPage({ task_id: taskId = '', subtask_id }: { task_id?: string; subtask_id?: string }) {
  const every = useSignal(READ_EVERY);
  const task = useData(() => readTask(taskId), { key: taskId, every: every.value });
  const isLong = (task.value?.task.task_target.length ?? 0) > LONG_TARGET;
  useEffect(() => {
    every.value = isLong ? 6 * READ_EVERY : READ_EVERY;
  }, [isLong]);
  return (
    <>
      <Loaded data={task}>{(read) => <TaskView read={read} reload={task.reload} />}</Loaded>
      {subtask_id !== undefined && <SubTaskPanel key={subtask_id} taskId={taskId} subtaskId={subtask_id} />}
    </>
  );
}

/** A task that exists: only then it is followed. */
function TaskView({ read, reload }: { read: ReadTask; reload: () => void }) {
  const taskId = read.task.task_id;
  const { update, samples, freshness } = useTaskProgress(taskId);
  const statistics = useGet('/api/tasks/{task_id}/statistics', { path: { task_id: taskId } }, 10_000);
  useEffect(() => {
    if (update === undefined) return;
    reload();
    statistics.reload();
  }, [update?.status]);
  const tabs = { grid: t('grid'), subtasks: t('subtasks'), results: t('results') };
  const tab = findTab(tabs);
  const live = withUpdate(read.task, update);
  const total = live.progress.total_targets;
  const codes = statistics.value?.error_codes ?? {};
  return (
    <>
      <TaskHeader task={live} etag={read.etag} moves={useMoves(live.progress)} reload={reload} />
      <Panel of={[freshness.oldSince]}>
        <TaskFigures
          task={live}
          update={update}
          samples={samples}
          freshness={freshness}
          openPorts={statistics.value?.open_ports_total}
        />
      </Panel>
      <div class="task-body">
        <div class={tab === 'grid' ? 'with-controls' : ''}>
          <Tabs tabs={tabs} label={t('parts')} />
          {tab === 'grid' && (
            <GridTab taskId={taskId} total={total} isEnded={hasEnded(live.status)} progress={update} />
          )}
          {tab === 'subtasks' && (
            <SubTasksTab taskId={taskId} total={total} errorCodes={Object.keys(codes)} version={update?.seq} />
          )}
          {tab === 'results' && <ResultsTab taskId={taskId} />}
        </div>
        <div>
          <Panel
            of={[statistics.oldSince]}
            isUncertain={statistics.value === undefined || statistics.error !== undefined}
          >
            <div class="task-sides">
              <StatusBar history={live.status_history} />
              <Timeline taskId={taskId} history={live.status_history} />
              <ErrorCodes counts={codes} failed={live.error_info.failed_attempts ?? 0} />
              <TaskNodes taskId={taskId} />
              <TaskSettings task={live} />
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

function ResultsTab({ taskId }: { taskId: string }) {
  const filter = { ...readResultFilter(query.value, ['port', 'service']), task_id: taskId };
  return (
    <section aria-label={t('results')}>
      <div class="filters narrow">
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <ResultOrder first={t('as_sent')} />
        <ExportMenu path="/api/results" params={{ ...filter, ...readSort(query.value) }} name={toExportName(filter)} />
      </div>
      <ResultFacets filter={filter} />
      <ResultTable filter={filter} />
      <FindingTable filter={{ task_id: taskId }} hidesEmpty />
    </section>
  );
}
