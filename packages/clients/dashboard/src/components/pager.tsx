import { query, withQuery } from '../browser/navigation';
import { t } from './texts';

/** The way through a list by its cursor. `next`: the `next_cursor` of the page that is shown. */
export function Pager({ next }: { next: string | undefined }) {
  return (
    <nav class="pager buttons" aria-label={t('pages')}>
      {query.value.has('cursor') && (
        <a class="button" href={withQuery({ cursor: undefined })}>
          {t('first_page')}
        </a>
      )}
      {next !== undefined && (
        <a class="button" href={withQuery({ cursor: next })}>
          {t('next_page')}
        </a>
      )}
    </nav>
  );
}
