import { useGet } from '../../api/use-data';
import { NodeLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { formatNumber, formatShare } from '../../language/define-texts';
import { t } from './texts';

/** Which node did how much of a task, and how much of it failed. */
export function TaskNodes({ taskId }: { taskId: string }) {
  const nodes = useGet('/api/tasks/{task_id}/nodes', { path: { task_id: taskId } }, 15_000);
  return (
    <section>
      <h2>{t('nodes')}</h2>
      <Loaded data={nodes}>
        {({ items, sampled }) =>
          items.length === 0 ? (
            <p class="weak">{t('no_nodes')}</p>
          ) : (
            <>
              {sampled && <p class="weak">{t('sampled')}</p>}
              <Table
                class="small-table"
                rows={items}
                toKey={({ node_id }) => node_id}
                columns={[
                  [t('node'), ({ node_id }) => <NodeLink nodeId={node_id} />, 'name'],
                  [t('held'), ({ held }) => formatNumber(held), 'number'],
                  [t('share'), ({ share }) => formatShare(share), 'number'],
                  [t('failure_rate'), ({ failure_rate }) => formatShare(failure_rate), 'number'],
                ]}
              />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
