import type { Node } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useSamples } from '../../api/use-samples';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { usedSlots } from '../../fleet/standing';
import { language } from '../../language/language';
import { t } from './texts';
import './node.css';

/** An hour of heartbeats. */
const MOST = 720;
/** Seconds between two. */
const EVERY = 5;

/** Slots, CPU and memory of a node while the page is open: the API keeps no history of them. */
export function NodeCharts({ node }: { node: Node }) {
  const samples = useSamples(node, { most: MOST });
  const { times, slots, machine } = useMemo(() => {
    const { times, toValues } = withGaps(samples, EVERY);
    return {
      times,
      slots: [{ label: t('slots'), colour: 'state-working', values: toValues(({ value }) => usedSlots(value)) }],
      machine: [
        { label: t('cpu'), colour: 'state-working', values: toValues(({ value }) => value.system_info.cpu_usage) },
        { label: t('memory'), colour: 'state-again', values: toValues(({ value }) => value.system_info.memory_usage) },
      ],
    };
  }, [samples, language.value]);
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
