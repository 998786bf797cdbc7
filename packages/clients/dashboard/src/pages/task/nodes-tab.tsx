import { unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { Empty, Loaded } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';

const formatShare = (share: number | null) =>
  share === null ? '–' : formatNumber(share, { style: 'percent', maximumFractionDigits: 1 });

/** Which node did how much of a task, how quickly, and how much of it failed. */
export function NodesTab({ taskId }: { taskId: string }) {
  const nodes = useData(
    (signal) => unwrap(client.GET('/api/tasks/{task_id}/nodes', { params: { path: { task_id: taskId } }, signal })),
    { key: taskId, every: 5_000 },
  );
  return (
    <section aria-label={t('nodes')}>
      <Loaded data={nodes}>
        {({ items, sampled }) =>
          items.length === 0 ? (
            <Empty>{t('no_nodes')}</Empty>
          ) : (
            <TableBox>
              {sampled && <p class="weak">{t('sampled')}</p>}
              <table class="live">
                <thead>
                  <tr>
                    <th scope="col">{t('node')}</th>
                    <th scope="col" class="number">
                      {t('held')}
                    </th>
                    <th scope="col" class="number">
                      {t('share')}
                    </th>
                    <th scope="col" class="number">
                      {t('rate')}
                    </th>
                    <th scope="col" class="number">
                      {t('failure_rate')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((node) => (
                    <tr key={node.node_id}>
                      <th scope="row">
                        <a href={`/nodes/${encodeURIComponent(node.node_id)}`}>
                          <bdi>{node.node_id}</bdi>
                        </a>
                      </th>
                      <td class="number">{formatNumber(node.held)}</td>
                      <td class="number">{formatShare(node.share)}</td>
                      <td class="number">{node.rate === null ? '–' : formatNumber(node.rate)}</td>
                      <td class="number">{formatShare(node.failure_rate)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableBox>
          )
        }
      </Loaded>
    </section>
  );
}
