import { query } from '../../browser/navigation';
import { Empty } from '../../components/notice';
import { Table } from '../../components/table';
import { explainError, formatNumber } from '../../language/define-texts';
import { t } from './texts';

/** The attempts that failed, by code, the most frequent first. A code leads to its subtasks. */
export function ErrorCodes({ counts }: { counts: Readonly<Record<string, number>> }) {
  const codes = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const all = codes.reduce((sum, [, count]) => sum + count, 0);
  return (
    <section>
      <h2>{t('errors')}</h2>
      {codes.length === 0 ? (
        <Empty isSmall>{t('no_errors')}</Empty>
      ) : (
        <>
          <p class="weak">{t('errors_hint')}</p>
          <Table
            class="small-table"
            rows={codes}
            toKey={([code]) => code}
            columns={[
              [
                t('code'),
                ([code]) => (
                  <>
                    <a
                      class="mono"
                      href={`?tab=subtasks&error_code=${encodeURIComponent(code)}`}
                      aria-current={query.value.get('error_code') === code ? 'true' : undefined}
                    >
                      {code}
                    </a>
                    <div class="weak">{explainError(code)}</div>
                  </>
                ),
                'name',
              ],
              [t('attempts'), ([, count]) => formatNumber(count), 'number'],
              [t('share'), ([, count]) => formatNumber(count / all, { style: 'percent' }), 'number'],
            ]}
          />
        </>
      )}
    </section>
  );
}
