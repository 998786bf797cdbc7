import { type Node, unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { Loaded } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatNumber } from '../../language/define-texts';
import { compareFailures } from './compare-failures';
import { toTaskId } from './running-subtasks';
import { t } from './texts';

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
            <Table
              rows={rows}
              toKey={({ task_id }) => task_id}
              columns={[
                [t('task'), ({ task_id }) => <a href={`/tasks/${task_id}`}>{task_id}</a>, 'mono name'],
                [t('share'), ({ share }) => toPercent(share), 'number'],
                [t('own_failures'), ({ own }) => toPercent(own), 'number'],
                [t('other_failures'), ({ others }) => toPercent(others), 'number'],
              ]}
            />
          </TableBox>
        )}
      </Loaded>
    </>
  );
}

const toPercent = (share: number | null) =>
  share === null ? '–' : formatNumber(share, { style: 'percent', maximumFractionDigits: 1 });
