import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { type ResultFilter, toResultQuery } from './result-filter';
import './results.css';
import { defineTexts } from '../../language/define-texts';

const t = defineTexts({
  found: ['Found', '发现时间'],
  none: ['No host with an open port matches.', '没有符合条件的开放端口主机。'],
});

/** Hosts with open ports that match, a page at a time. `withTask`: they are of several tasks. */
export function ResultTable({ filter, withTask = false }: { filter: ResultFilter; withTask?: boolean }) {
  const asked = toResultQuery(filter, query.value.get('cursor'));
  const results = useGet('/api/results', { query: asked }, 5_000);
  return (
    <div class="results">
      <ListTable
        data={results}
        none={t('none')}
        toKey={({ subtask_id }) => subtask_id}
        columns={[
          [
            t('address'),
            ({ task_id, subtask_id, ip }) => (
              <a class="mono" href={`/tasks/${task_id}/subtasks/${subtask_id}`}>
                {ip}
              </a>
            ),
            'name',
          ],
          [t('open_ports'), ({ open_ports }) => <HostileText text={open_ports.join(', ')} />],
          [t('services'), ({ services }) => <HostileText text={services.join('\n')} />],
          withTask && [
            t('task'),
            ({ task_id }) => (
              <a class="mono" href={`/tasks/${task_id}?tab=results`}>
                {task_id}
              </a>
            ),
          ],
          [t('node'), ({ assigned_node }) => <bdi>{assigned_node}</bdi>],
          [t('found'), ({ completed_time }) => <Time at={completed_time} />],
        ]}
      />
    </div>
  );
}
