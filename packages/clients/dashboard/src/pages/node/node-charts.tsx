import type { Node } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useGet } from '../../api/use-data';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { usedSlots } from '../../fleet/standing';
import { language } from '../../language/language';
import { t } from './texts';
import './node.css';

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
