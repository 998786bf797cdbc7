import { useMemo } from 'preact/hooks';
import { Chart } from '../../components/chart';
import { withGaps } from '../../components/gaps';
import { SAMPLE_SECONDS, type StatisticsSample } from '../../fleet/use-history';
import { language } from '../../language/language';
import { t } from './texts';

/** How long updates waited, over the last hour. While nobody measured it, there is a gap. */
export function LagHistory({ samples }: { samples: readonly StatisticsSample[] }) {
  const { times, lines, most } = useMemo(() => {
    const timed = samples.map(({ timestamp, update_queue_lag: lag }) => ({ at: Date.parse(timestamp) / 1_000, lag }));
    const { times, toValues } = withGaps(timed, SAMPLE_SECONDS);
    const values = toValues(({ lag }) => lag);
    return {
      times,
      lines: [{ label: t('lag'), colour: 'state-working', values }],
      most: Math.max(0, ...values.map((value) => value ?? 0)),
    };
  }, [samples, language.value]);
  return <Chart label={t('lag_history', { most: toTenths(most) })} times={times} lines={lines} format={toText} />;
}

const toTenths = (seconds: number) => Math.round(seconds * 10) / 10;
const toText = (seconds: number) => t('lag_value', { seconds: toTenths(seconds) });
