import type { FleetStatistics } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useSamples } from '../../api/use-samples';
import { Chart, Sparkline } from '../../components/chart';
import { Figure } from '../../components/figures';
import { withGaps } from '../../components/gaps';
import { Empty, Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { formatDuration } from '../../components/time';
import { SAMPLE_SECONDS, type StatisticsSample, useHistory, useStatistics } from '../../fleet/use-statistics';
import { formatNumber } from '../../language/define-texts';
import { language } from '../../language/language';
import { toPurpose } from './queue-purpose';
import { t } from './texts';
import './queues.css';
import { TableBox } from '../../components/scroll-box';

/** Ten minutes of reads. */
const MOST = 300;

/** The queues of RabbitMQ: what waits in each, what it is for, and what to do about it. */
export default function QueuesPage() {
  const statistics = useStatistics();
  const history = useHistory();
  return (
    <>
      <h1>{t('title')}</h1>
      <Loaded data={statistics}>{(read) => <QueuesView statistics={read} />}</Loaded>
      <h2>{t('lag_chart')}</h2>
      <Loaded data={history}>{(samples) => <LagHistory samples={samples} />}</Loaded>
    </>
  );
}

function QueuesView({ statistics }: { statistics: FleetStatistics }) {
  const samples = useSamples(statistics, { most: MOST });
  const { queues, update_queue_lag: lag, dead_letters_waiting: waiting } = statistics;
  const toHistory = (name: string) =>
    samples.map(({ value }) => value.queues?.find(({ queue }) => queue === name)?.messages ?? null);
  return (
    <>
      <dl class="figures">
        <Figure name={t('lag')} help={t('lag_help')}>
          {lag === null ? t('unknown') : formatLag(lag)}
        </Figure>
        <Figure name={t('dead_letters')}>
          {formatNumber(waiting)}{' '}
          {waiting > 0 && (
            <a class="figure-link" href="/dead-letters">
              {t('dead_letters_look')}
            </a>
          )}
        </Figure>
      </dl>
      {queues === null ? (
        <Empty>{t('away')}</Empty>
      ) : (
        <TableBox live>
          <Table
            class="queues"
            rows={queues.map((queue) => ({ ...queue, ...toPurpose(queue.queue), history: toHistory(queue.queue) }))}
            toKey={({ queue }) => queue}
            columns={[
              [t('queue'), ({ queue }) => <bdi>{queue}</bdi>, 'mono name'],
              [t('messages'), ({ messages }) => formatNumber(messages), 'number'],
              [t('not_empty'), toAgeText],
              [t('chart'), (queue) => <Sparkline label={toHistoryText(queue)} values={queue.history} />],
              [t('what_for'), ({ kind, pool }) => t(`for_${kind}`, { pool })],
              [
                t('if_it_grows'),
                ({ kind, pool }) => (
                  <>
                    {t(`do_${kind}`)}{' '}
                    {kind === 'jobs' && <a href={`/nodes?pool=${encodeURIComponent(pool)}`}>{t('nodes_of_pool')}</a>}
                  </>
                ),
              ],
            ]}
          />
        </TableBox>
      )}
    </>
  );
}

type Queue = NonNullable<FleetStatistics['queues']>[number];

const toAgeText = ({ messages, nonempty_seconds: seconds }: Queue) =>
  messages === 0 ? t('empty') : seconds === null ? t('unknown') : formatDuration(seconds);

function toHistoryText({ queue, messages, history }: Queue & { history: (number | null)[] }): string {
  const known = history.filter((value) => value !== null);
  return t('history', { queue, least: Math.min(...known, messages), most: Math.max(...known, messages) });
}

/** How long updates waited, over the last hour. While nobody measured it, there is a gap. */
function LagHistory({ samples }: { samples: readonly StatisticsSample[] }) {
  const { times, lines, most } = useMemo(() => {
    const timed = samples.map(({ timestamp, update_queue_lag: lag }) => ({ at: Date.parse(timestamp) / 1_000, lag }));
    const { times, toValues } = withGaps(timed, SAMPLE_SECONDS);
    const values = toValues(({ lag }) => lag);
    return {
      times,
      lines: [{ label: t('lag'), colour: 'state-working', values }],
      most: Math.max(0, ...values.map((value) => value ?? 0)),
    };
  }, [samples, language.value]);
  return <Chart label={t('lag_history', { most: toTenths(most) })} times={times} lines={lines} format={formatLag} />;
}

const toTenths = (seconds: number) => Math.round(seconds * 10) / 10;
const formatLag = (seconds: number) => t('lag_value', { seconds: toTenths(seconds) });
