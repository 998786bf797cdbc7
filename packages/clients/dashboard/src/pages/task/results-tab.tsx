import { query } from '../../browser/navigation';
import { PortFilter, TextFilter } from '../../components/filter';
import { ExportMenu } from '../../components/menu';
import { FindingTable } from '../results/finding-table';
import { readResultFilter, readSort, toExportName } from '../results/result-filter';
import { ResultFacets, ResultOrder, ResultTable } from '../results/result-table';
import { t } from './texts';

export function ResultsTab({ taskId }: { taskId: string }) {
  const filter = { ...readResultFilter(query.value, ['port', 'service']), task_id: taskId };
  return (
    <section aria-label={t('results')}>
      <div class="filters narrow">
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <ResultOrder first={t('as_sent')} />
        <ExportMenu path="/api/results" params={{ ...filter, ...readSort(query.value) }} name={toExportName(filter)} />
      </div>
      <ResultFacets filter={filter} />
      <ResultTable filter={filter} />
      <FindingTable filter={{ task_id: taskId }} hidesEmpty />
    </section>
  );
}
