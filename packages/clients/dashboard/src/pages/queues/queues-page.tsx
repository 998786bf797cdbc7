import type { FleetStatistics } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useSamples } from '../../api/use-samples';
import { Chart, Sparkline } from '../../components/chart';
import { Figure } from '../../components/figures';
import { withGaps } from '../../components/gaps';
import { Loaded } from '../../components/notice';
import { Table } from '../../components/table';
import { formatDuration } from '../../components/time';
import { RangeLinks } from '../../fleet/range-links';
import { type FleetHistory, useHistory, useStatistics } from '../../fleet/use-statistics';
import { defineTexts, formatNumber } from '../../language/define-texts';
import { language } from '../../language/language';
import { toPurpose } from './queue-purpose';
import './queues.css';
import { TableBox } from '../../components/scroll-box';

const t = defineTexts({
  title: ['Queues', '队列'],
  lag_help: ['How long updates wait until they are applied.', '更新在被应用之前等待的时间。'],
  lag_value: ['{seconds} s', '{seconds} 秒'],
  lag_chart: ['Update lag, over the last hour', '最近一小时的更新延迟'],
  lag_history: ['Update lag over time, at most {most} s', '更新延迟，按时间，最高 {most} 秒'],
  dead_letters: ['dead letters waiting', '待处理的死信'],
  dead_letters_none: ['No dead letters waiting.', '没有等待处理的死信。'],
  dead_letters_look: ['Show them', '查看'],
  away: [
    'RabbitMQ does not respond. Tasks are stalled until it does; nothing is lost.',
    'RabbitMQ 无响应。恢复之前任务停滞；数据不会丢失。',
  ],
  messages: ['Messages', '消息数'],
  not_empty: ['Not empty for', '未清空时长'],
  what_for: ['What it is for', '用途'],
  if_it_grows: ['If it grows', '如果持续增长'],
  empty: ['empty', '空'],
  history: [
    'Messages in {queue} since this page was opened: {least} to {most}',
    '自打开本页以来 {queue} 的消息数：{least} 到 {most}',
  ],
  chart: ['Since this page was opened', '自打开本页以来'],
  for_updates: [
    'What nodes and services report about subtasks, for the state-updaters.',
    '节点和服务对子任务的上报，由 state-updater 处理。',
  ],
  for_heartbeats: [
    'Heartbeats that each node sends every 5 s, for the heartbeat-monitor.',
    '节点每 5 秒的心跳，由 heartbeat-monitor 处理。',
  ],
  for_dead_letters: [
    'Messages that could not be applied; the retry-scheduler stores them.',
    '无法应用的消息，由 retry-scheduler 存储。',
  ],
  for_jobs: ['Addresses to scan, for the nodes of the pool {pool}.', '待扫描的地址，由节点池 {pool} 的节点取走。'],
  for_other: ['This version does not use this queue.', '不属于当前版本的队列。'],
  do_updates: [
    'Check that every state-updater is ready, and add one; if that does not help, MongoDB is the bottleneck.',
    '确认每个 state-updater 都已就绪，并增加一个；若无改善，则瓶颈在 MongoDB。',
  ],
  do_heartbeats: [
    'Check that a heartbeat-monitor is ready; without one, silent nodes are not detected.',
    '确认 heartbeat-monitor 已就绪；没有它，无响应的节点不会被发现。',
  ],
  do_dead_letters: [
    'Check that the retry-scheduler is ready; messages here are not in the list of dead letters yet.',
    '确认 retry-scheduler 已就绪；此处的消息尚未出现在死信列表中。',
  ],
  do_jobs: [
    'The nodes of the pool are gone, full or stuck: check them, and add nodes.',
    '该节点池的节点已离开、已满或卡住：请检查并增加节点。',
  ],
  do_other: ['Find out who publishes to it.', '查明是谁向它发布消息。'],
  nodes_of_pool: ['Nodes of the pool', '该节点池的节点'],
});

/** Ten minutes of reads. */
const MOST = 300;

export const title = () => t('title');

/** The queues of RabbitMQ: what waits in each, what it is for, and what to do about it. */
export default function QueuesPage() {
  const statistics = useStatistics();
  const history = useHistory();
  return (
    <>
      <h1>{t('title')}</h1>
      <Loaded data={statistics}>{(read) => <QueuesView statistics={read} />}</Loaded>
      <h2>{t('lag_chart')}</h2>
      <RangeLinks />
      <Loaded data={history}>{(read) => <LagHistory history={read} />}</Loaded>
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
            <a class="figure-link" href="/dead-letters?state=waiting">
              {t('dead_letters_look')}
            </a>
          )}
        </Figure>
      </dl>
      {queues === null ? (
        <p class="empty">{t('away')}</p>
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
  return <Chart label={t('lag_history', { most: toTenths(most) })} times={times} lines={lines} format={formatLag} />;
}

const toTenths = (seconds: number) => Math.round(seconds * 10) / 10;
const formatLag = (seconds: number) => t('lag_value', { seconds: toTenths(seconds) });
