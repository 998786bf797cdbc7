import { unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { useData } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { ListTable } from '../../components/list-table';
import { Time } from '../../components/time';
import { type ResultFilter, toResultQuery } from './result-filter';
import './results.css';
import { t } from './texts';

/** Hosts with open ports that match, a page at a time. `withTask`: they are of several tasks. */
export function ResultTable({ filter, withTask = false }: { filter: ResultFilter; withTask?: boolean }) {
  const asked = toResultQuery(filter, query.value.get('cursor'));
  const results = useData((signal) => unwrap(client.GET('/api/results', { params: { query: asked }, signal })), {
    key: JSON.stringify(asked),
    every: 5_000,
  });
  const columns = [t('address'), t('open_ports'), t('services'), t('task'), t('node'), t('found')];
  return (
    <div class="results">
      <ListTable
        data={results}
        none={t('none')}
        columns={columns.filter((name) => withTask || name !== t('task'))}
        renderRow={({ subtask_id, task_id, ip, open_ports, services, assigned_node, completed_time }) => (
          <tr key={subtask_id}>
            <th scope="row">
              <a class="mono" href={`/tasks/${task_id}/subtasks/${subtask_id}`}>
                {ip}
              </a>
            </th>
            <td>
              <HostileText text={open_ports.join(', ')} />
            </td>
            <td>
              <HostileText text={services.join('\n')} />
            </td>
            {withTask && (
              <td>
                <a class="mono" href={`/tasks/${task_id}?tab=results`}>
                  {task_id}
                </a>
              </td>
            )}
            <td>
              <bdi>{assigned_node}</bdi>
            </td>
            <td>
              <Time at={completed_time} />
            </td>
          </tr>
        )}
      />
    </div>
  );
}
