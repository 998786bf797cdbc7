import { useGet } from '../../api/use-data';
import { withQuery } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { Panel } from '../../components/panel';
import { defineTexts, formatNumber } from '../../language/define-texts';
import { isServiceFilter, type ResultFilter } from './result-filter';

const t = defineTexts({
  facets: ['What was found', '发现统计'],
  counted: [
    '{results} {results|result|results} on {hosts} distinct {hosts|host|hosts}',
    '{results} 个结果，{hosts} 台主机',
  ],
  more_match: ['More match than are counted here.', '还有更多匹配的结果未计入。'],
});

/** The server reads many results for it. */
const READ_EVERY = 60_000;
/** Of ports, and of services. */
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
