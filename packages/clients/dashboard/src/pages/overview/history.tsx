import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { query } from '../../browser/navigation';
import { Chart, type ChartFrame } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { lazyPage } from '../../components/lazy-page';
import { Empty } from '../../components/notice';
import { countOf } from '../../components/progress-bar';
import { type FleetHistory, readRange } from '../../fleet/use-statistics';
import { formatNumber, stateName } from '../../language/define-texts';
import { language } from '../../language/language';
import { SUBTASK_LOOKS } from '../../states/states';
import { hasMarks } from './events-switch';
import { t } from './texts';

/** From the highest to the lowest: what is done lies at the bottom. */
const STACKED = ['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING', 'CANCELLED', 'TIMEOUT', 'FAILED', 'COMPLETED'] as const;

/** What else is on a wall, in pixels of its height. */
const BESIDE_ON_WALL = 770;

const EventMarks = lazyPage(() => import('./event-marks'), { isPart: true });

/** The subtasks of all tasks by state, over time. */
export function History({ history: { samples, every }, isWall }: { history: FleetHistory; isWall: boolean }) {
  const frame = useSignal<ChartFrame | undefined>(undefined);
  const { times, lines } = useMemo(() => {
    const timed = samples.map(({ timestamp, subtasks }) => ({ at: Date.parse(timestamp) / 1_000, subtasks }));
    const { times, toValues } = withGaps(timed, every);
    const lines = STACKED.map((status) => ({
      label: stateName(status),
      colour: `state-${SUBTASK_LOOKS[status].tone}`,
      values: toValues(({ subtasks }) => countOf(subtasks, status)),
    }));
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
        height={isWall ? Math.max(200, innerHeight - BESIDE_ON_WALL) : 220}
        isStacked
        format={formatNumber}
        onDrawn={(drawn) => {
          if (!isSame(drawn, frame.peek())) frame.value = drawn;
        }}
      />
      {hasMarks.value && <EventMarks range={readRange(query.value)} frame={frame} hasList={!isWall} />}
    </div>
  );
}

const isSame = (one: ChartFrame, other: ChartFrame | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
