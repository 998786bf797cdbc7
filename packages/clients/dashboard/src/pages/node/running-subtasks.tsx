import type { Node } from '@cyberstroll/client';
import { Empty } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatNumber } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { SUBTASK_LOOKS } from '../../states/states';
import { t } from './texts';

/** Rows that are shown; a node may hold ten thousand subtasks. */
const MOST = 200;

/** What a node says that it holds. */
export function RunningSubTasks({ node: { current_tasks: held, current_task_count: count } }: { node: Node }) {
  const shown = held.slice(0, MOST);
  return (
    <>
      <h2>
        {t('runs')} ({formatNumber(count)})
      </h2>
      {shown.length === 0 ? (
        <Empty isSmall>{t('runs_nothing')}</Empty>
      ) : (
        <TableBox live>
          <Table
            rows={shown}
            toKey={({ subtask_id }) => subtask_id}
            columns={[
              [
                t('subtask'),
                ({ subtask_id: id }) => <a href={`/tasks/${toTaskId(id)}/subtasks/${id}`}>{id}</a>,
                'mono name',
              ],
              [t('task'), ({ subtask_id: id }) => <a href={`/tasks/${toTaskId(id)}`}>{toTaskId(id)}</a>, 'mono'],
              [
                t('state'),
                ({ status }) => {
                  const isScanned = status === 'scanning';
                  const look = SUBTASK_LOOKS[isScanned ? 'SCANNING' : 'ASSIGNED'];
                  return <Badge {...look} name={t(isScanned ? 'scanning' : 'assigned')} />;
                },
              ],
              [t('progress'), ({ progress }) => `${formatNumber(Math.floor(progress))} %`, 'number'],
            ]}
          />
        </TableBox>
      )}
      {count > shown.length && <p class="weak">{t('more', { count: count - shown.length })}</p>}
    </>
  );
}

/** The task of a subtask, whose id is the task's, a dash and its index. */
export const toTaskId = (subTaskId: string): string => subTaskId.replace(/-\d+$/, '');
