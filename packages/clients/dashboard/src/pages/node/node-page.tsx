import type { FleetEvent, Node } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { useSubject } from '../../browser/title';
import { CopyButton } from '../../components/action-button';
import { Chart } from '../../components/chart';
import { Fact, Figure, SlotBar } from '../../components/figures';
import { withGaps } from '../../components/gaps';
import { Empty, Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { formatDuration, Time } from '../../components/time';
import { isTrouble, toNodeEventText } from '../../fleet/fleet-events';
import { toStanding, usedSlots } from '../../fleet/standing';
import { formatNumber } from '../../language/define-texts';
import { language } from '../../language/language';
import { NodeState } from '../../states/state-badge';
import { NodeWork } from './node-work';
import { t } from './texts';
import '../../fleet/fleet.css';

/** As often as a node sends heartbeats, in milliseconds. */
const READ_EVERY = 5_000;

export default function NodePage({ node_id }: { node_id: string }) {
  useSubject(node_id);
  const node = useGet('/api/nodes/{node_id}', { path: { node_id } }, READ_EVERY);
  return (
    <>
      <nav aria-label={t('path')}>
        <a href="/fleet">{t('all_nodes')}</a>
      </nav>
      <h1>
        <bdi>{node_id}</bdi>
      </h1>
      <Loaded data={node}>{(read) => <NodeView node={read} />}</Loaded>
    </>
  );
}

function NodeView({ node }: { node: Node }) {
  const standing = toStanding(node, serverNow.value);
  const used = usedSlots(node);
  const { cpu_usage: cpu, memory_usage: memory, active_threads: threads } = node.system_info;
  const silence = (serverNow.value - Date.parse(node.last_seen)) / 1_000;
  return (
    <>
      {standing === 'silent' && (
        <p class="error" role="status">
          {t('silent', { age: formatDuration(silence) })}
        </p>
      )}
      <dl class="figures">
        <Figure name={t('state')}>
          <NodeState standing={standing} />
        </Figure>
        <Figure name={t('slots')}>
          <SlotBar used={used} all={node.capacity} label={t('slots_of', { used, all: node.capacity })} />
        </Figure>
        <Figure name={t('cpu')}>{formatNumber(Math.round(cpu))} %</Figure>
        <Figure name={t('memory')}>{formatNumber(Math.round(memory))} %</Figure>
        <Figure name={t('threads')}>{formatNumber(threads)}</Figure>
      </dl>
      <dl class="facts">
        <Fact name={t('heartbeat')} isTrouble={standing === 'silent'}>
          <Time at={node.last_seen} />
        </Fact>
        <Fact name={t('first_seen')}>
          <Time at={node.first_seen} />
        </Fact>
        <Fact name={t('clock')}>{toClockText(node.clock_offset)}</Fact>
        <Fact name={t('pools')}>
          <bdi>{node.pools.join(', ')}</bdi>
        </Fact>
        <Fact name={t('methods')}>
          <bdi>{node.methods?.join(', ') ?? t('any')}</bdi>
        </Fact>
        <Fact name={t('version')}>{node.version === undefined ? '–' : <HostileText text={node.version} />}</Fact>
        <Fact name={t('contract')}>{node.contract ?? 1}</Fact>
        <Fact name={t('instance')}>
          <CopyButton label={t('copy_id')} text={() => node.instance_id} />
        </Fact>
      </dl>
      <NodeCharts node={node} />
      <NodeEvents nodeId={node.node_id} />
      <NodeWork node={node} />
    </>
  );
}

function toClockText(offset: number | undefined): string {
  if (offset === undefined) return '–';
  const seconds = Math.round(Math.abs(offset) * 10) / 10;
  if (seconds === 0) return t('clock_equal');
  return t(offset > 0 ? 'clock_ahead' : 'clock_behind', { seconds });
}

/** Seconds between two samples of the API. */
const EVERY = 60;

function NodeCharts({ node }: { node: Node }) {
  const history = useGet('/api/nodes/{node_id}/history', { path: { node_id: node.node_id } }, EVERY * 1_000);
  const { times, slots, machine } = useMemo(() => {
    const samples = history.value?.items.map((sample) => ({ ...sample, at: Date.parse(sample.timestamp) / 1_000 }));
    const { times, toValues } = withGaps(samples ?? [], EVERY);
    return {
      times,
      slots: [{ label: t('slots'), colour: 'state-working', values: toValues((sample) => sample.slots.used) }],
      machine: [
        { label: t('cpu'), colour: 'state-working', values: toValues(({ cpu_usage }) => cpu_usage) },
        { label: t('memory'), colour: 'state-again', values: toValues(({ memory_usage }) => memory_usage) },
      ],
    };
  }, [history.value, language.value]);
  const { cpu_usage: cpu, memory_usage: memory } = node.system_info;
  return (
    <>
      <h2>{t('charts')}</h2>
      <div class="node-charts">
        <Chart label={t('slots_chart', { used: usedSlots(node), all: node.capacity })} times={times} lines={slots} />
        <Chart
          label={t('machine_chart', { cpu: Math.round(cpu), memory: Math.round(memory) })}
          times={times}
          lines={machine}
          format={(value) => `${Math.round(value)} %`}
        />
      </div>
    </>
  );
}

const READ_EVENTS_EVERY = 30_000;
/** As long as the API keeps them: 30 days. */
const MINUTES = 43_200;
const MOST = 30;

function NodeEvents({ nodeId }: { nodeId: string }) {
  const query = { minutes: MINUTES, node_id: nodeId };
  const events = useGet('/api/statistics/events', { query }, READ_EVENTS_EVERY);
  return (
    <>
      <h2>{t('processes')}</h2>
      <Loaded data={events}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t('no_events')}</Empty>
          ) : (
            <>
              <p>
                {t('restarts', { restarts: countOf(items, 'node_restarted'), losses: countOf(items, 'node_lost') })}
              </p>
              <ul class="node-events">
                {items
                  .slice(-MOST)
                  .reverse()
                  .map((event) => (
                    <li key={`${event.time} ${event.kind}`} title={event.detail}>
                      <Time at={event.time} />{' '}
                      <span class={isTrouble(event) ? 'trouble' : ''}>{toNodeEventText(event)}</span>
                    </li>
                  ))}
              </ul>
              {items.length > MOST && <p class="weak">{t('more', { count: items.length - MOST })}</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}

const countOf = (events: readonly FleetEvent[], kind: FleetEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
