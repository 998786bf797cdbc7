import { query } from '../../browser/navigation';
import { ClearFilters, PortFilter, TextFilter, TimeFilter } from '../../components/filter';
import { ExportMenu } from '../../components/menu';
import { SavedViews } from '../../components/saved-views';
import { findTab, Tabs } from '../../components/tabs';
import { defineTexts } from '../../language/define-texts';
import { FindingsTab } from './finding-table';
import { RESULT_FILTERS, readResultFilter, readSort, toExportName } from './result-filter';
import { ResultFacets, ResultOrder, ResultTable } from './result-table';
import { ServicesTab } from './service-table';

const t = defineTexts({
  title: ['Results', '结果'],
  findings: ['Findings', '发现'],
  now: ['Open now', '当前开放'],
  label: ['Label of the task', '任务标签'],
  after: ['Found from', '发现时间不早于'],
  before: ['Found before', '发现时间早于'],
  newest: ['newest first', '最新的在前'],
});

export default function ResultsPage() {
  const tabs = { open_ports: t('open_ports'), services: t('now'), findings: t('findings') };
  const tab = findTab(tabs);
  return (
    <>
      <div class="title">
        <h1>{t('title')}</h1>
        <span class="space" />
        <SavedViews />
      </div>
      <Tabs tabs={tabs} label={t('title')} />
      {tab === 'findings' ? <FindingsTab /> : tab === 'services' ? <ServicesTab /> : <OpenPortsTab />}
    </>
  );
}

function OpenPortsTab() {
  const filter = readResultFilter(query.value);
  return (
    <>
      <search class="filters narrow">
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <TextFilter name="target" label={t('target')} placeholder="10.0.0.0/24" />
        <TextFilter name="task_id" label={t('task')} />
        <TextFilter name="label" label={t('label')} />
        <TimeFilter name="after" label={t('after')} />
        <TimeFilter name="before" label={t('before')} />
        <ResultOrder first={t('newest')} />
        <ClearFilters names={RESULT_FILTERS} />
        <ExportMenu path="/api/results" params={{ ...filter, ...readSort(query.value) }} name={toExportName(filter)} />
      </search>
      <ResultFacets filter={filter} />
      <ResultTable filter={filter} withTask />
    </>
  );
}
