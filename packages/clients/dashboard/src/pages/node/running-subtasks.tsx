import type { Node } from '@cyberstroll/client';
import { TableBox } from '../../components/scroll-box';
import { formatNumber } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { SUBTASK_LOOKS } from '../../states/states';
import { t } from './texts';
import { toTaskId } from './to-task-id';

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
        <p class="weak">{t('runs_nothing')}</p>
      ) : (
        <TableBox live>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('subtask')}</th>
                <th scope="col">{t('task')}</th>
                <th scope="col">{t('state')}</th>
                <th scope="col" class="number">
                  {t('progress')}
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ subtask_id, status, progress }) => {
                const taskId = toTaskId(subtask_id);
                return (
                  <tr key={subtask_id}>
                    <th scope="row" class="mono">
                      <a href={`/tasks/${taskId}/subtasks/${subtask_id}`}>{subtask_id}</a>
                    </th>
                    <td class="mono">
                      <a href={`/tasks/${taskId}`}>{taskId}</a>
                    </td>
                    <td>
                      {status === 'scanning' ? (
                        <Badge {...SUBTASK_LOOKS.SCANNING} name={t('scanning')} />
                      ) : (
                        <Badge {...SUBTASK_LOOKS.ASSIGNED} name={t('assigned')} />
                      )}
                    </td>
                    <td class="number">{formatNumber(Math.floor(progress))} %</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableBox>
      )}
      {count > shown.length && <p class="weak">{t('more', { count: count - shown.length })}</p>}
    </>
  );
}
