import type { ComponentChildren, VNode } from 'preact';
import type { Data } from '../api/use-data';
import { query, withQuery } from '../browser/navigation';
import { Empty, Loaded } from './notice';
import { TableBox } from './scroll-box';
import { t } from './texts';

interface ListTableProps<Item> {
  data: Data<{ items: Item[]; next_cursor?: string }>;
  /** What is said if the list is empty. */
  none: string;
  columns: readonly string[];
  /** Columns of numbers, by their names. */
  numbers?: readonly string[];
  renderRow: (item: Item) => VNode;
  /** Above the table, unless the list is empty. */
  children?: ComponentChildren;
}

/** A page of a list as a table, with the way to the next one. */
export function ListTable<Item>({ data, none, columns, numbers = [], renderRow, children }: ListTableProps<Item>) {
  return (
    <Loaded data={data}>
      {({ items, next_cursor }) =>
        items.length === 0 ? (
          <Empty>{none}</Empty>
        ) : (
          <>
            {children}
            <TableBox>
              <table class="live">
                <thead>
                  <tr>
                    {columns.map((name) => (
                      <th key={name} scope="col" class={numbers.includes(name) ? 'number' : ''}>
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>{items.map(renderRow)}</tbody>
              </table>
            </TableBox>
            <Pager next={next_cursor} />
          </>
        )
      }
    </Loaded>
  );
}

/** The way through a list by its cursor. `next`: the `next_cursor` of the page that is shown. */
function Pager({ next }: { next: string | undefined }) {
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
