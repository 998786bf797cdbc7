import { query } from '../../browser/navigation';
import { ExportLinks } from '../../components/export-links';
import { TextFilter } from '../../components/filter';
import { readResultFilter, toExportName, toExportPath } from '../results/result-filter';
import { ResultTable } from '../results/result-table';
import { PortGroups } from './port-groups';
import { t } from './texts';

/** The hosts of a task with open ports, by port and service, and their export. */
export function ResultsTab({ taskId }: { taskId: string }) {
  const filter = { ...readResultFilter(query.value, ['port', 'service']), task_id: taskId };
  return (
    <section aria-label={t('results')}>
      <div class="filters narrow">
        <TextFilter name="port" label={t('port')} type="number" />
        <TextFilter name="service" label={t('service')} />
        <ExportLinks toPath={(format) => toExportPath(filter, format)} name={toExportName(filter)} />
      </div>
      <PortGroups taskId={taskId} />
      <ResultTable filter={filter} />
    </section>
  );
}
