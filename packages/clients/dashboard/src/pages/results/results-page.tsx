import { query, withQuery } from '../../browser/navigation';
import { ExportLinks } from '../../components/export-links';
import { choose, PortFilter, TextFilter, TimeFilter } from '../../components/filter';
import { SavedViews } from '../../components/saved-views';
import { defineTexts } from '../../language/define-texts';
import { RESULT_FILTERS, readResultFilter, toExportName, toExportPath } from './result-filter';
import { ResultOrder, ResultTable } from './result-table';

const t = defineTexts({
  title: ['Results', '结果'],
  which_hosts: ['Which hosts have this port open?', '哪些主机开放了此端口？'],
  label: ['Label of the task', '任务标签'],
  after: ['Found from', '发现时间不早于'],
  before: ['Found before', '发现时间早于'],
  newest: ['newest first', '最新的在前'],
  clear: ['Clear filters', '清除筛选'],
});

/** Ports that are asked for most, by the name that people know. */
const PORTS = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  80: 'HTTP',
  443: 'HTTPS',
  445: 'SMB',
  3306: 'MySQL',
  3389: 'RDP',
  5432: 'PostgreSQL',
  5900: 'VNC',
  6379: 'Redis',
  8080: 'HTTP',
};

export const title = () => t('title');

/** Hosts with open ports, across all tasks. */
export default function ResultsPage() {
  const filter = readResultFilter(query.value);
  return (
    <>
      <div class="title">
        <h1>{t('title')}</h1>
        <SavedViews />
      </div>
      <nav class="port-links" aria-label={t('which_hosts')}>
        <span class="weak" aria-hidden="true">
          {t('which_hosts')}
        </span>
        {Object.entries(PORTS).map(([port, name]) => (
          <a
            key={port}
            href={withQuery({ port, cursor: undefined })}
            aria-current={filter.port === port ? 'true' : undefined}
          >
            {port} <span class="weak">{name}</span>
          </a>
        ))}
      </nav>
      <search class="filters narrow">
        <PortFilter name="port" label={t('port')} />
        <TextFilter name="service" label={t('service')} />
        <TextFilter name="target" label={t('target')} placeholder="10.0.0.0/24" />
        <TextFilter name="task_id" label={t('task')} />
        <TextFilter name="label" label={t('label')} />
        <TimeFilter name="after" label={t('after')} />
        <TimeFilter name="before" label={t('before')} />
        <ResultOrder first={t('newest')} />
        {Object.keys(filter).length > 0 && (
          <button
            type="button"
            class="quiet"
            onClick={() => choose(Object.fromEntries(RESULT_FILTERS.map((name) => [name, undefined])))}
          >
            {t('clear')}
          </button>
        )}
        <ExportLinks toPath={(format) => toExportPath(filter, query.value, format)} name={toExportName(filter)} />
      </search>
      <ResultTable filter={filter} withTask />
    </>
  );
}
