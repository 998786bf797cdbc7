import { query, withQuery } from '../browser/navigation';
import { defineTexts } from '../language/define-texts';
import { RANGES, type Range, readRange } from './use-statistics';

const t = defineTexts({
  range: ['Time of the charts', '图表时间范围'],
  last_1h: ['1 h', '1 小时'],
  last_24h: ['24 h', '24 小时'],
  last_7d: ['7 d', '7 天'],
});

/** How far back the charts of the page reach. */
export const RangeLinks = () => (
  <nav class="range-links" aria-label={t('range')}>
    {(Object.keys(RANGES) as Range[]).map((range) => (
      <a
        key={range}
        href={withQuery({ range: range === '1h' ? undefined : range })}
        aria-current={readRange(query.value) === range ? 'true' : undefined}
      >
        {t(`last_${range}`)}
      </a>
    ))}
  </nav>
);
