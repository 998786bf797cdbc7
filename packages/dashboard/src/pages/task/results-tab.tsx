import { unwrap } from '@cyberstroll/client';
import { useData } from '../../api/use-data';
import { query, setQuery } from '../../app/navigation';
import { client } from '../../app/session';
import { HostileText } from '../../components/hostile-text';
import { Empty, Loaded } from '../../components/notice';
import { Time } from '../../components/time';
import { PortGroups } from './port-groups';
import { t } from './texts';

/** Hosts on the page; the export has all of them. */
const SHOWN = 200;

/** The hosts of a task with open ports, by port and service, and their export. */
export function ResultsTab({ taskId }: { taskId: string }) {
  const port = query.value.get('port') ?? '';
  const service = query.value.get('service') ?? '';
  const filter = { ...(port !== '' && { port: Number(port) }), ...(service !== '' && { service }) };
  const results = useData(
    () =>
      unwrap(
        client.GET('/api/tasks/{task_id}/results', {
          params: { path: { task_id: taskId }, query: { ...filter, limit: SHOWN } },
        }),
      ),
    { key: `${taskId} ${port} ${service}`, every: 5_000 },
  );
  const toExport = (format: string) =>
    `/api/tasks/${taskId}/results?${new URLSearchParams({ format, ...(port !== '' && { port }), ...(service !== '' && { service }) })}`;
  return (
    <section aria-label={t('results')}>
      <div class="filters">
        <label>
          {t('port')}
          <input
            type="number"
            min={1}
            max={65_535}
            value={port}
            onChange={({ currentTarget }) => setQuery({ port: currentTarget.value })}
          />
        </label>
        <label>
          {t('service')}
          <input value={service} onChange={({ currentTarget }) => setQuery({ service: currentTarget.value.trim() })} />
        </label>
        <span class="space" />
        <a class="button" href={toExport('ndjson')} download>
          NDJSON
        </a>
        <a class="button" href={toExport('csv')} download>
          CSV
        </a>
      </div>
      <PortGroups taskId={taskId} />
      <Loaded data={results}>
        {({ items, next_cursor: next }) =>
          items.length === 0 ? (
            <Empty>{t('no_results')}</Empty>
          ) : (
            <div class="table-box">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t('address')}</th>
                    <th scope="col">{t('open_ports')}</th>
                    <th scope="col">{t('services')}</th>
                    <th scope="col">{t('node')}</th>
                    <th scope="col">{t('changed')}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((result) => (
                    <tr key={result.subtask_id}>
                      <th scope="row">
                        <a class="mono" href={`/tasks/${taskId}/subtasks/${result.subtask_id}`}>
                          {result.ip}
                        </a>
                      </th>
                      <td>
                        <HostileText text={result.open_ports.join(', ')} />
                      </td>
                      <td>
                        <HostileText text={result.services.join('\n')} />
                      </td>
                      <td>{result.assigned_node}</td>
                      <td>
                        <Time at={result.completed_time} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {next !== undefined && <p class="weak">{t('more_results', { count: items.length })}</p>}
            </div>
          )
        }
      </Loaded>
    </section>
  );
}
