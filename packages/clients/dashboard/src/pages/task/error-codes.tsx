import { query } from '../../browser/navigation';
import { Table } from '../../components/table';
import { explainError, formatNumber } from '../../language/define-texts';
import { t } from './texts';

interface ErrorCodesProps {
  counts: Readonly<Record<string, number>>;
  /** Attempts, with any code. */
  failed: number;
}

/** The attempts that failed, by code, the most frequent first. A code leads to its subtasks. */
export function ErrorCodes({ counts, failed }: ErrorCodesProps) {
  const codes = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const all = codes.reduce((sum, [, count]) => sum + count, 0);
  if (failed === 0 && codes.length === 0) return null;
  return (
    <section>
      <h2>{t('errors', { count: failed })}</h2>
      {codes.length > 0 && (
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
      )}
    </section>
  );
}
