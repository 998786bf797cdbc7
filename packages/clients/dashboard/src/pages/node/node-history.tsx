import type { FleetEvent, Node } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useGet } from '../../api/use-data';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { Empty, Loaded } from '../../components/notice';
import { Time } from '../../components/time';
import { isTrouble, toNodeEventText } from '../../fleet/fleet-events';
import { usedSlots } from '../../fleet/standing';
import { language } from '../../language/language';
import { t } from './texts';
import '../../fleet/fleet.css';

/** Seconds between two samples of the API. */
const EVERY = 60;

/** Slots, CPU and memory of a node in the last hour. */
export function NodeCharts({ node }: { node: Node }) {
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

const READ_EVERY = 30_000;
/** As long as the API keeps them: 30 days. */
const MINUTES = 43_200;
const MOST = 30;

/** When its processes started, restarted, left or were lost. */
export default function NodeEvents({ nodeId }: { nodeId: string }) {
  const query = { minutes: MINUTES, node_id: nodeId };
  const events = useGet('/api/statistics/events', { query }, READ_EVERY);
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
