import type { FleetStatistics } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useSamples } from '../../api/use-samples';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { Empty, Loaded } from '../../components/notice';
import { Sparkline } from '../../components/sparkline';
import { formatDuration } from '../../components/time';
import { SAMPLE_SECONDS, type StatisticsSample, useHistory } from '../../fleet/use-history';
import { useStatistics } from '../../fleet/use-statistics';
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
        <div>
          <dt title={t('lag_help')}>{t('lag')}</dt>
          <dd>{lag === null ? t('unknown') : formatLag(lag)}</dd>
        </div>
        <div>
          <dt>{t('dead_letters')}</dt>
          <dd>
            {formatNumber(waiting)}{' '}
            {waiting > 0 && (
              <a class="figure-link" href="/dead-letters">
                {t('dead_letters_look')}
              </a>
            )}
          </dd>
        </div>
      </dl>
      {queues === null ? (
        <Empty>{t('away')}</Empty>
      ) : (
        <TableBox live>
          <table class="queues">
            <thead>
              <tr>
                <th scope="col">{t('queue')}</th>
                <th scope="col" class="number">
                  {t('messages')}
                </th>
                <th scope="col">{t('not_empty')}</th>
                <th scope="col">{t('chart')}</th>
                <th scope="col">{t('what_for')}</th>
                <th scope="col">{t('if_it_grows')}</th>
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <QueueRow key={queue.queue} {...queue} history={toHistory(queue.queue)} />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </>
  );
}

type Queue = NonNullable<FleetStatistics['queues']>[number];

function QueueRow({ queue, messages, nonempty_seconds: seconds, history }: Queue & { history: (number | null)[] }) {
  const { kind, pool } = toPurpose(queue);
  const known = history.filter((value) => value !== null);
  const [least, most] = [Math.min(...known, messages), Math.max(...known, messages)];
  return (
    <tr>
      <th scope="row" class="mono">
        <bdi>{queue}</bdi>
      </th>
      <td class="number">{formatNumber(messages)}</td>
      <td>{messages === 0 ? t('empty') : seconds === null ? t('unknown') : formatDuration(seconds)}</td>
      <td>
        <Sparkline label={t('history', { queue, least, most })} values={history} />
      </td>
      <td>{t(`for_${kind}`, { pool })}</td>
      <td>
        {t(`do_${kind}`)}{' '}
        {kind === 'jobs' && <a href={`/nodes?pool=${encodeURIComponent(pool)}`}>{t('nodes_of_pool')}</a>}
      </td>
    </tr>
  );
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
