import type { Node } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useGet } from '../../api/use-data';
import { useSamples } from '../../api/use-samples';
import { now, serverNow } from '../../browser/clock';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { usedSlots } from '../../fleet/standing';
import { language } from '../../language/language';
import { joinHistory } from './join-history';
import { t } from './texts';
import './node.css';

/** An hour of heartbeats. */
const MOST = 720;
/** Seconds between two samples of the API. */
const EVERY = 60;

/** Slots, CPU and memory of a node: the last hour as the API has it, and then what is read while the page is open. */
export function NodeCharts({ node }: { node: Node }) {
  const path = { node_id: node.node_id };
  const history = useGet('/api/nodes/{node_id}/history', { path });
  const live = useSamples(node, { most: MOST });
  const { times, slots, machine } = useMemo(() => {
    const ahead = (serverNow.peek() - now.peek()) / 1_000;
    const heard = live.map(({ at, value: { system_info, ...value } }) => ({
      ...system_info,
      at: at + ahead,
      used: usedSlots(value),
    }));
    const { times, toValues } = withGaps(joinHistory(history.value?.items ?? [], heard), EVERY);
    return {
      times,
      slots: [{ label: t('slots'), colour: 'state-working', values: toValues(({ used }) => used) }],
      machine: [
        { label: t('cpu'), colour: 'state-working', values: toValues(({ cpu_usage }) => cpu_usage) },
        { label: t('memory'), colour: 'state-again', values: toValues(({ memory_usage }) => memory_usage) },
      ],
    };
  }, [live, history.value, language.value]);
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
