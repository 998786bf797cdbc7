import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Data } from '../api/use-data';
import { isNextPage, query, withQuery } from '../browser/navigation';
import { assign } from './input';
import { Empty, Loaded } from './notice';
import { type Column, Table } from './table';
import { t } from './texts';

interface ListTableProps<Item> {
  data: Data<{ items: Item[]; next_cursor?: string }>;
  /** What is said if the list is empty. */
  none: ComponentChildren;
  toKey: (item: Item) => string;
  columns: readonly (Column<Item> | false)[];
  /** Of a list in a panel: where its page begins. The address has the page of the list beside it. */
  cursor?: Signal<string | undefined>;
  /** Above the table, unless the list is empty. */
  children?: ComponentChildren;
}

/** A page of a list as a table, with the way to the next one. */
export function ListTable<Item>({ data, none, toKey, columns, cursor, children }: ListTableProps<Item>) {
  return (
    <Loaded data={data}>
      {({ items, next_cursor }) =>
        items.length === 0 && next_cursor === undefined ? (
          <Empty>{none}</Empty>
        ) : (
          <>
            {children}
            {items.length === 0 ? (
              <Empty>{t('none_yet')}</Empty>
            ) : (
              <Table rows={items} toKey={toKey} columns={columns} />
            )}
            {cursor ? <PanelPager cursor={cursor} next={next_cursor} /> : <Pager next={next_cursor} />}
          </>
        )
      }
    </Loaded>
  );
}

/** The way through a list by its cursor. `next`: the `next_cursor` of the page that is shown; `also`: what it changes. */
export function Pager({ next, also }: { next: string | undefined; also?: Record<string, undefined> }) {
  return (
    <nav class="pager buttons" aria-label={t('pages')}>
      {query.value.has('cursor') && (
        <a class="button" href={withQuery({ ...also, cursor: undefined })}>
          {t('first_page')}
        </a>
      )}
      {query.value.has('cursor') && isNextPage() && (
        <button type="button" onClick={() => history.back()}>
          {t('previous_page')}
        </button>
      )}
      {next !== undefined && (
        <a class="button" rel="next" href={withQuery({ ...also, cursor: next })}>
          {t('next_page')}
        </a>
      )}
    </nav>
  );
}

/** The way through a list of a panel. The address has the page of the list beside it. */
const PanelPager = ({ cursor, next }: { cursor: Signal<string | undefined>; next: string | undefined }) => (
  <nav class="pager buttons" aria-label={t('pages')}>
    {cursor.value !== undefined && (
      <button type="button" onClick={() => assign(cursor, undefined)}>
        {t('first_page')}
      </button>
    )}
    {next !== undefined && (
      <button type="button" onClick={() => assign(cursor, next)}>
        {t('next_page')}
      </button>
    )}
  </nav>
);
