import { type Node, unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { Loaded } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { formatNumber } from '../../language/define-texts';
import { compareFailures } from './compare-failures';
import { t } from './texts';
import { toTaskId } from './to-task-id';

/** Tasks that are compared; a read each. */
const MOST = 5;
const READ_EVERY = 10_000;

/** What the node fails of the tasks that it works on now, beside what the other nodes fail of them. */
export function NodeFailures({ node: { node_id, current_tasks: held } }: { node: Node }) {
  const taskIds = [...new Set(held.map(({ subtask_id }) => toTaskId(subtask_id)))].sort().slice(0, MOST);
  const comparisons = useData(
    (signal) =>
      Promise.all(
        taskIds.map(async (task_id) => {
          const params = { path: { task_id } };
          const { items } = await unwrap(client.GET('/api/tasks/{task_id}/nodes', { params, signal }));
          return { task_id, ...compareFailures(items, node_id) };
        }),
      ),
    { key: taskIds.join(), every: READ_EVERY },
  );
  if (taskIds.length === 0) return null;
  return (
    <>
      <h2>{t('failures')}</h2>
      <Loaded data={comparisons}>
        {(rows) => (
          <TableBox live>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('task')}</th>
                  <th scope="col" class="number">
                    {t('share')}
                  </th>
                  <th scope="col" class="number">
                    {t('own_failures')}
                  </th>
                  <th scope="col" class="number">
                    {t('other_failures')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ task_id, share, own, others }) => (
                  <tr key={task_id}>
                    <th scope="row" class="mono">
                      <a href={`/tasks/${task_id}`}>{task_id}</a>
                    </th>
                    <td class="number">{toPercent(share)}</td>
                    <td class="number">{toPercent(own)}</td>
                    <td class="number">{toPercent(others)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </Loaded>
    </>
  );
}

const toPercent = (share: number | null) =>
  share === null ? '–' : formatNumber(share, { style: 'percent', maximumFractionDigits: 1 });
