import { useGet } from '../../api/use-data';
import { query, withQuery } from '../../browser/navigation';
import { ExportLinks } from '../../components/export-links';
import { PortFilter, TextFilter } from '../../components/filter';
import { HostileText } from '../../components/hostile-text';
import { Loaded } from '../../components/notice';
import { formatNumber } from '../../language/define-texts';
import { readResultFilter, toExportName, toExportPath } from '../results/result-filter';
import { ResultOrder, ResultTable } from '../results/result-table';
import { t } from './texts';

/** The hosts of a task with open ports, by port and service, and their export. */
export function ResultsTab({ taskId }: { taskId: string }) {
  const filter = { ...readResultFilter(query.value, ['port', 'service']), task_id: taskId };
  return (
    <section aria-label={t('results')}>
      <div class="filters narrow">
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <ResultOrder first={t('as_sent')} />
        <ExportLinks toPath={(format) => toExportPath(filter, query.value, format)} name={toExportName(filter)} />
      </div>
      <PortGroups taskId={taskId} />
      <ResultTable filter={filter} />
    </section>
  );
}

/** The open ports of a task by port and service. A click lists the hosts. */
function PortGroups({ taskId }: { taskId: string }) {
  const groups = useGet('/api/tasks/{task_id}/ports', { path: { task_id: taskId } }, 10_000);
  return (
    <Loaded data={groups}>
      {({ items, is_complete }) => (
        <>
          <ul class="port-groups" aria-label={t('by_port')}>
            {items.map(({ port, protocol, service, hosts }) => (
              <li key={`${port}/${protocol} ${service}`}>
                <a href={withQuery({ port: String(port), service, cursor: undefined })}>
                  {port}/{protocol} <HostileText text={service} most={40} />
                </a>{' '}
                <b>{formatNumber(hosts)}</b>
              </li>
            ))}
          </ul>
          {!is_complete && <p class="weak">{t('not_all_ports')}</p>}
        </>
      )}
    </Loaded>
  );
}
