import type { SubTask } from '@cyberstroll/client';
import { query } from '../../browser/navigation';
import { anyOf, choose, ManyFilter, SelectFilter, TextFilter } from '../../components/filter';
import { inWords } from '../../components/in-words';
import { Empty, ErrorNotice } from '../../components/notice';
import { besideList } from '../../components/side-panel';
import { Time } from '../../components/time';
import { VirtualRows } from '../../components/virtual-rows';
import { formatNumber, stateName } from '../../language/define-texts';
import { SubTaskState } from '../../states/state-badge';
import { t } from './texts';
import { hasFilter, readFilter, STATUSES, useRows } from './use-rows';

const ROW_HEIGHT = 32;
const LEAST_HEIGHT = 320;

interface SubTasksTabProps {
  taskId: string;
  total: number;
  errorCodes: readonly string[];
  /** Changes when subtasks have changed. */
  version: unknown;
}

export function SubTasksTab({ taskId, total, errorCodes, version }: SubTasksTabProps) {
  const filter = readFilter(query.value);
  const rows = useRows(taskId, filter, total, version);
  const shown = rows.isWhole ? t('rows', { count: rows.count }) : t('rows_so_far', { count: rows.count - 1 });
  return (
    <div class="subtasks">
      <Filters errorCodes={errorCodes} />
      <p class="weak subtasks-count" role="status">
        {shown}{' '}
        {hasFilter(filter) && (
          <button type="button" class="quiet" onClick={rows.reload}>
            {t('read_again')}
          </button>
        )}
      </p>
      {rows.error !== undefined && <ErrorNotice error={rows.error} onRetry={rows.reload} />}
      {rows.count === 0 ? (
        !rows.isLoading && rows.error === undefined && <Empty>{t('no_subtasks')}</Empty>
      ) : (
        <>
          <div class="virtual-row virtual-head subtask-row weak" aria-hidden="true">
            <span class="number">{t('index')}</span>
            <span>{t('address')}</span>
            <span>{t('state')}</span>
            <span class="number">{t('attempt')}</span>
            <span>{t('node')}</span>
            <span>{t('found_or_error')}</span>
            <span>{t('changed')}</span>
          </div>
          <VirtualRows
            key={JSON.stringify(filter)}
            count={rows.count}
            rowHeight={ROW_HEIGHT}
            height={Math.min(rows.count * ROW_HEIGHT + 2, Math.max(LEAST_HEIGHT, innerHeight - 220))}
            label={t('subtasks')}
            onSeen={rows.onSeen}
            renderRow={(index) => <Row subtask={rows.find(index)} taskId={taskId} />}
          />
        </>
      )}
    </div>
  );
}

function Row({ subtask, taskId }: { subtask: SubTask | undefined; taskId: string }) {
  if (!subtask) return <span class="virtual-row subtask-row weak">…</span>;
  const { error_info: error, scan_result: result } = subtask;
  return (
    <a class="virtual-row subtask-row" href={besideList(`/tasks/${taskId}/subtasks/${subtask.subtask_id}`)}>
      <span class="number weak">{formatNumber(subtask.index)}</span>
      <span class="mono">{subtask.ip}</span>
      <SubTaskState status={subtask.status} />
      <span class="number">{subtask.attempt > 0 && formatNumber(subtask.attempt)}</span>
      <span>{subtask.assigned_node}</span>
      <span class="mono" title={error && inWords(error.error_message, error.sentence)}>
        {result ? result.open_ports.slice(0, 20).join(', ') : error?.error_code}
      </span>
      <span class="weak">{subtask.attempt > 0 && <Time at={subtask.updated_time} />}</span>
    </a>
  );
}

function Filters({ errorCodes }: { errorCodes: readonly string[] }) {
  const { error_code, has_open_ports } = readFilter(query.value);
  const codes = [...new Set([...errorCodes, ...(error_code === '' ? [] : [error_code])])].sort();
  return (
    <search class="filters">
      <ManyFilter
        label={t('states')}
        name="status"
        options={Object.fromEntries(STATUSES.map((name) => [name, stateName(name)]))}
      />
      <SelectFilter name="error_code" label={t('error_code')} options={anyOf(t('any'), codes, String)} />
      <SelectFilter name="sort" label={t('order')} options={{ '': t('as_sent'), address: t('by_address') }} />
      <TextFilter name="target" label={t('addresses')} placeholder="10.0.7.0/24" />
      <label class="check">
        <input
          type="checkbox"
          checked={has_open_ports}
          onChange={({ currentTarget }) => choose({ open: currentTarget.checked ? 'true' : undefined })}
        />
        {t('with_open_ports')}
      </label>
    </search>
  );
}
