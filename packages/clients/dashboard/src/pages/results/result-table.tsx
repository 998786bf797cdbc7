import type { PortResult } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { query, withQuery } from '../../browser/navigation';
import { SelectFilter } from '../../components/filter';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { Panel } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { Time } from '../../components/time';
import { defineTexts, formatNumber } from '../../language/define-texts';
import { isServiceFilter, type ResultFilter, toResultQuery } from './result-filter';
import './results.css';

const t = defineTexts({
  facets: ['What was found', '发现统计'],
  counted: [
    '{results} {results|result|results} on {hosts} distinct {hosts|host|hosts}',
    '{results} 个结果，{hosts} 台主机',
  ],
  more_match: ['More match than are counted here.', '还有更多匹配的结果未计入。'],
  found: ['Found', '发现时间'],
  none: ['No host with an open port matches.', '没有符合条件的开放端口主机。'],
});

/** The order of the list; `first` is what the usual one is called. */
export const ResultOrder = ({ first }: { first: string }) => (
  <SelectFilter name="sort" label={t('order')} options={{ '': first, address: t('by_address') }} />
);

/** Hosts with open ports that match, a page at a time. `withTask`: they are of several tasks. */
export function ResultTable({ filter, withTask = false }: { filter: ResultFilter; withTask?: boolean }) {
  const asked = toResultQuery(filter, query.value);
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
          [t('open_ports'), (result) => <OpenPorts {...result} />],
          withTask && [
            t('task'),
            ({ task_id, task_name }) => (
              <NameLink href={`/tasks/${task_id}?tab=results`} name={task_name ?? t('task')} />
            ),
          ],
          [t('node'), ({ assigned_node }) => <bdi>{assigned_node}</bdi>],
          [t('found'), ({ completed_time }) => <Time at={completed_time} />],
        ]}
      />
    </div>
  );
}

/** The open ports of a host, one a line. What a service says of itself is folded; a click shows the whole. */
export const OpenPorts = ({ ports }: { ports: readonly PortResult[] }) => (
  <ul class="open-ports">{ports.filter(({ state }) => state === 'open').map(OpenPort)}</ul>
);

function OpenPort({ port, protocol, service = '', product, version, banner, tls }: PortResult) {
  const label = protocol === 'tcp' ? port : `${port}/${protocol}`;
  const name = (
    <span class="chip">
      <b>{label}</b> <bdi>{service}</bdi>
    </span>
  );
  const said = [product, version, banner, tls?.subject].filter(Boolean).join(' ');
  return (
    <li key={label}>
      {said === '' ? (
        name
      ) : (
        <details>
          <summary>
            {name} <bdi class="banner weak mono">{said.slice(0, 200)}</bdi>
          </summary>
          <HostileText text={said} />
        </details>
      )}
    </li>
  );
}

/** The server reads many results for it. */
const READ_EVERY = 60_000;
const MOST = 12;

/** How many results match and on how many hosts, by port and by service. A click on one filters by it, or no more. */
export function ResultFacets({ filter }: { filter: ResultFilter }) {
  const query = { ...filter, limit: MOST } as object;
  const { value, error, oldSince } = useGet('/api/results/facets', { query }, READ_EVERY);
  return (
    <Panel of={[oldSince]} isUncertain={error !== undefined}>
      <section class="facets" aria-label={t('facets')}>
        <p>
          {value ? t('counted', value) : error ? t('unknown') : t('loading')}{' '}
          {value?.is_complete === false && <span class="weak">{t('more_match')}</span>}
        </p>
        <Facet
          label={t('ports')}
          name="port"
          chosen={filter.port}
          counts={value?.ports.map(({ port, results }) => [String(port), results])}
        />
        <Facet
          label={t('services')}
          name="service"
          chosen={filter.service}
          counts={value?.services.map(({ service, results }) => [service, results])}
        />
      </section>
    </Panel>
  );
}

interface FacetProps {
  label: string;
  name: 'port' | 'service';
  chosen: string | undefined;
  /** Undefined until they are read: their place is kept. */
  counts: [value: string, results: number][] | undefined;
}

const Facet = ({ label, name, chosen, counts = [] }: FacetProps) => (
  <nav class="facet" aria-label={label}>
    <span class="weak" aria-hidden="true">
      {label}
    </span>
    {counts.map(([value, results]) => {
      const isChosen = value === chosen;
      const shown = (
        <>
          {value === '' ? t('unknown') : <HostileText text={value} most={40} />} <b>{formatNumber(results)}</b>
          {isChosen && ' ×'}
        </>
      );
      return name === 'port' || isServiceFilter(value) ? (
        <a
          key={value}
          class="chip"
          href={withQuery({ [name]: isChosen ? undefined : value, cursor: undefined })}
          aria-current={isChosen ? 'true' : undefined}
        >
          {shown}
        </a>
      ) : (
        <span key={value} class="chip">
          {shown}
        </span>
      );
    })}
  </nav>
);
