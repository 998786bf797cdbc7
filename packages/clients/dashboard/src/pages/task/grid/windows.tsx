import type { SnapshotHeader } from '@cyberstroll/grid';
import { withQuery } from '../../../browser/navigation';
import { t } from './texts';

/** Where these cells are in the whole task, and the way to those before and after. */
export function Windows({ header }: { header: SnapshotHeader }) {
  const { from, count, total_cells: total } = header;
  if (count >= total) return null;
  const size = Math.max(1, count);
  return (
    <>
      <span>{t('of', { first: from + 1, last: from + count, total })}</span>
      {from > 0 && (
        <a class="button" href={withQuery({ from: String(Math.max(0, from - size)) })}>
          {t('former')}
        </a>
      )}
      {from + count < total && (
        <a class="button" href={withQuery({ from: String(from + size) })}>
          {t('next')}
        </a>
      )}
    </>
  );
}
