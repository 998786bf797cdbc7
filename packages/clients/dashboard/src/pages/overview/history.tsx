import type { FleetEvent } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart, type ChartFrame } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { Empty } from '../../components/notice';
import { countOf } from '../../components/progress-bar';
import type { FleetHistory } from '../../fleet/use-statistics';
import { formatNumber, stateName } from '../../language/define-texts';
import { language } from '../../language/language';
import { SUBTASK_LOOKS } from '../../states/states';
import { EventMarks } from './event-marks';
import { t } from './texts';

/** From the highest to the lowest: what is done lies at the bottom. */
const STACKED = ['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING', 'CANCELLED', 'TIMEOUT', 'FAILED', 'COMPLETED'] as const;

interface HistoryProps {
  history: FleetHistory;
  events: readonly FleetEvent[];
}

/** The subtasks of all tasks by state, over time. */
export function History({ history: { samples, every }, events }: HistoryProps) {
  const frame = useSignal<ChartFrame | undefined>(undefined);
  const { times, lines } = useMemo(() => {
    const timed = samples.map(({ timestamp, subtasks }) => ({ at: Date.parse(timestamp) / 1_000, subtasks }));
    const { times, toValues } = withGaps(timed, every);
    const lines = STACKED.filter((status) => samples.some(({ subtasks }) => countOf(subtasks, status) > 0)).map(
      (status) => ({
        label: stateName(status),
        colour: `state-${SUBTASK_LOOKS[status].tone}`,
        values: toValues(({ subtasks }) => countOf(subtasks, status)),
      }),
    );
    return { times, lines };
  }, [samples, language.value]);
  const now = samples.at(-1);
  if (!now || samples.every(({ counted_tasks }) => counted_tasks === 0)) return <Empty>{t('history_none')}</Empty>;
  const counts = [...STACKED]
    .reverse()
    .filter((status) => countOf(now.subtasks, status) > 0)
    .map((status) => `${stateName(status)} ${formatNumber(countOf(now.subtasks, status))}`)
    .join(', ');
  return (
    <div class="with-marks">
      <Chart
        label={t('history_now', { counts })}
        times={times}
        lines={lines}
        height="fill"
        isStacked
        format={formatNumber}
        onDrawn={(drawn) => {
          if (!isSame(drawn, frame.peek())) frame.value = drawn;
        }}
      />
      {frame.value && <EventMarks events={events} frame={frame.value} />}
    </div>
  );
}

const isSame = (one: ChartFrame, other: ChartFrame | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
