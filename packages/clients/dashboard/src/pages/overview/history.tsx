import { useMemo } from 'preact/hooks';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { Empty } from '../../components/notice';
import { countOf } from '../../components/progress-bar';
import type { FleetHistory } from '../../fleet/use-statistics';
import { formatNumber, stateName } from '../../language/define-texts';
import { language } from '../../language/language';
import { SUBTASK_LOOKS } from '../../states/states';
import { t } from './texts';

/** From the highest to the lowest: what is done lies at the bottom. */
const STACKED = ['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING', 'CANCELLED', 'TIMEOUT', 'FAILED', 'COMPLETED'] as const;

/** What else is on a wall, in pixels of its height. */
const BESIDE_ON_WALL = 770;

/** The subtasks of all tasks by state, over time. */
export function History({ history: { samples, every }, isWall }: { history: FleetHistory; isWall: boolean }) {
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
    <Chart
      label={t('history_now', { counts })}
      times={times}
      lines={lines}
      height={isWall ? Math.max(200, innerHeight - BESIDE_ON_WALL) : 220}
      isStacked
      format={formatNumber}
    />
  );
}
