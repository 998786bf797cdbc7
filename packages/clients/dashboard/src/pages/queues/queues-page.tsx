import type { FleetStatistics } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import type { Data } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { Chart, Sparkline } from '../../components/chart';
import { Figure } from '../../components/figures';
import { withGaps } from '../../components/gaps';
import { Empty, Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { formatDuration } from '../../components/time';
import { type FleetHistory, RangeLinks, readRange, useHistory, useStatistics } from '../../fleet/use-statistics';
import { formatNumber } from '../../language/define-texts';
import { language } from '../../language/language';
import { type Depths, toDepths, toPurpose } from './queues';
import { t } from './texts';
import '../../fleet/fleet.css';

/** A queue that has not been empty for this many seconds may need a person. */
const GROWS_AFTER = 60;

/** The queues of RabbitMQ: what waits in each, and what to do about it. The pointer shows what each is for. */
export default function QueuesPage() {
  const statistics = useStatistics();
  const history = useHistory();
  return (
    <>
      <h1>{t('title')}</h1>
      <RangeLinks />
      <Loaded data={statistics}>{(read) => <QueuesView statistics={read} history={history} />}</Loaded>
      <h2>{t('lag_chart')}</h2>
      <Loaded data={history}>{(read) => <LagHistory history={read} />}</Loaded>
    </>
  );
}

function QueuesView({ statistics, history }: { statistics: FleetStatistics; history: Data<FleetHistory> }) {
  const { queues, update_queue_lag: lag, dead_letters_waiting: waiting } = statistics;
  const names = (queues ?? []).map(({ queue }) => queue);
  const depths = useMemo(
    () => history.value && toDepths(history.value.samples, { every: history.value.every, queues: names }),
    [history.value?.samples, names.join()],
  );
  const toCell = ({ queue }: Queue) => (depths ? toSparkline(queue, depths.get(queue)) : history.error && t('unknown'));
  const hasRates = queues?.some(({ in_per_second, out_per_second }) => (in_per_second ?? out_per_second) !== null);
  return (
    <>
      <dl class="figures">
        <Figure name={t('lag')} help={t('lag_help')}>
          {lag === null ? t('unknown') : formatLag(lag)}
        </Figure>
        <Figure name={t('dead_letters')}>
          {formatNumber(waiting)}{' '}
          {waiting > 0 && (
            <a class="figure-link" href="/problems/dead-letters?state=waiting">
              {t('dead_letters_look')}
            </a>
          )}
        </Figure>
      </dl>
      {queues === null ? (
        <p class="empty">{t('away')}</p>
      ) : (
        <Table
          class="queues"
          rows={queues.map((queue) => ({ ...queue, ...toPurpose(queue.queue) }))}
          toKey={({ queue }) => queue}
          columns={[
            [t('queue'), ({ queue, kind, pool }) => <bdi title={t(`for_${kind}`, { pool })}>{queue}</bdi>, 'mono name'],
            [t('messages'), ({ messages }) => formatNumber(messages), 'number'],
            [t('not_empty'), toAgeText],
            hasRates === true && [t('in_out'), toRatesText, 'number'],
            [t(`last_${readRange(query.value)}`), toCell],
            [
              t('what_to_do'),
              ({ kind, pool, nonempty_seconds: seconds }) => (
                <>
                  {(seconds ?? 0) >= GROWS_AFTER && `${t(`do_${kind}`)} `}
                  {kind === 'jobs' && <a href={`/fleet?pool=${encodeURIComponent(pool)}`}>{t('nodes_of_pool')}</a>}
                </>
              ),
            ],
          ]}
        />
      )}
    </>
  );
}

type Queue = NonNullable<FleetStatistics['queues']>[number];

const toAgeText = ({ messages, nonempty_seconds: seconds }: Queue) =>
  messages === 0 ? t('empty') : seconds === null ? t('unknown') : formatDuration(seconds);

const toRatesText = ({ in_per_second: into, out_per_second: out }: Queue) => `${toRateText(into)} / ${toRateText(out)}`;

const toRateText = (rate: number | null) =>
  rate === null ? '–' : formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 });

function toSparkline(queue: string, depths: Depths | undefined) {
  const known = depths?.values.filter((value) => value !== null);
  if (!depths || !known?.length) return <Empty isSmall>{t('no_samples')}</Empty>;
  const label = t('history', { queue, least: Math.min(...known), most: Math.max(...known) });
  return <Sparkline label={label} {...depths} />;
}

/** How long updates waited, over time. While nobody measured it, there is a gap. */
function LagHistory({ history: { samples, every } }: { history: FleetHistory }) {
  const { times, lines, most } = useMemo(() => {
    const timed = samples.map(({ timestamp, update_queue_lag: lag }) => ({ at: Date.parse(timestamp) / 1_000, lag }));
    const { times, toValues } = withGaps(timed, every);
    const values = toValues(({ lag }) => lag);
    return {
      times,
      lines: [{ label: t('lag'), colour: 'state-working', values }],
      most: Math.max(0, ...values.map((value) => value ?? 0)),
    };
  }, [samples, language.value]);
  if (times.length === 0) return <Empty>{t('no_samples')}</Empty>;
  return <Chart label={t('lag_history', { most: toTenths(most) })} times={times} lines={lines} format={formatLag} />;
}

const toTenths = (seconds: number) => Math.round(seconds * 10) / 10;
const formatLag = (seconds: number) => t('lag_value', { seconds: toTenths(seconds) });
