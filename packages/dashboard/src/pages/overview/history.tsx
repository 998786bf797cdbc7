import type { FleetStatistics } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useSamples } from '../../api/use-samples';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { Empty } from '../../components/notice';
import { countOf } from '../../components/progress-bar';
import { formatNumber } from '../../language/define-texts';
import { language } from '../../language/language';
import { SUBTASK_LOOKS } from '../../states/states';
import { stateName } from '../../states/texts';
import { t } from './texts';

/** Seconds between two samples, of an hour. */
const EVERY = 10;
const MOST = 360;

/** From the highest to the lowest: what is done lies at the bottom. */
const STACKED = ['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING', 'CANCELLED', 'TIMEOUT', 'FAILED', 'COMPLETED'] as const;

/** The subtasks of all tasks by state, over the last hour. */
export function History({ statistics, isWall }: { statistics: FleetStatistics; isWall: boolean }) {
  const samples = useSamples(statistics, { most: MOST, every: EVERY });
  const { times, lines } = useMemo(() => {
    const { times, toValues } = withGaps(samples, EVERY);
    const lines = STACKED.map((status) => ({
      label: stateName(status),
      colour: `state-${SUBTASK_LOOKS[status].tone}`,
      values: toValues(({ value }) => countOf(value.progress, status)),
    }));
    return { times, lines };
  }, [samples, language.value]);
  if (statistics.progress.total_targets === 0) return <Empty>{t('history_none')}</Empty>;
  const counts = [...STACKED]
    .reverse()
    .filter((status) => countOf(statistics.progress, status) > 0)
    .map((status) => `${stateName(status)} ${formatNumber(countOf(statistics.progress, status))}`)
    .join(', ');
  return (
    <Chart
      label={t('history_now', { counts })}
      times={times}
      lines={lines}
      height={isWall ? 310 : 220}
      isStacked
      format={formatNumber}
    />
  );
}
