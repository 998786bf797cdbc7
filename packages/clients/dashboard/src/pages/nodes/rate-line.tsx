import { Sparkline } from '../../components/chart';
import { formatNumber } from '../../language/define-texts';
import { type NodeRate, toRateNow } from './node-rates';
import { t } from './texts';

/** How fast a node scans, and how fast it did in the last hour. */
export function RateLine({ of }: { of: NodeRate | undefined }) {
  if (!of) return <span class="weak">–</span>;
  const [least, most] = [Math.min(...of.rates), Math.max(...of.rates)].map(formatRate) as [string, string];
  return (
    <span class="node-rate">
      {/* The scale of a sparkline ends at 1 or more: a slow node has a shape, too. */}
      <Sparkline
        label={t('rate_line', { least, most })}
        times={[...of.rates.keys()]}
        values={of.rates.map((rate) => rate * 1_000)}
      />
      <span>{t('per_second', { n: formatRate(toRateNow(of)) })}</span>
    </span>
  );
}

const formatRate = (rate: number) => formatNumber(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 });
