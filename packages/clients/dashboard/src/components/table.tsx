import type { ComponentChildren } from 'preact';
import { isPhone } from '../browser/screen';
import { Menu } from './menu';
import { TableBox } from './scroll-box';

/**
 * A column: its title, what a row has in it, and how it looks. `name` and `mono name`: it says which row it is.
 * `actions`: the row's commands, in a menu on a phone. `sorting`: a click on its title sorts the rows.
 */
export type Column<Row> = readonly [
  title: string,
  cell: (row: Row) => ComponentChildren,
  look?: 'number' | 'mono' | 'actions' | 'name' | 'mono name' | undefined,
  sorting?: Sorting,
];

interface TableProps<Row> {
  rows: readonly Row[];
  toKey: (row: Row) => string;
  /** False is a column that is not shown. */
  columns: readonly (Column<Row> | false)[];
  class?: string;
}

export function Table<Row>({ rows, toKey, columns, class: className }: TableProps<Row>) {
  const shown = columns.filter((column) => column !== false);
  return (
    <TableBox>
      <table class={`cards ${className ?? ''}`}>
        <thead>
          <tr>
            {shown.map(([title, , look, sorting]) =>
              sorting ? (
                <SortHead key={title} title={title} {...sorting} />
              ) : (
                <th key={title} scope="col" class={look === 'number' ? look : undefined}>
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={toKey(row)}>
              {shown.map(([title, cell, look]) =>
                look === 'name' || look === 'mono name' ? (
                  <th key={title} scope="row" class={look === 'name' ? undefined : 'mono'}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={look} data-title={title}>
                    {look === 'actions' && isPhone.value ? <InMenu title={title}>{cell(row)}</InMenu> : cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

const InMenu = ({ title, children }: { title: string; children: ComponentChildren }) =>
  children ? (
    <Menu name="⋯" label={title}>
      {children}
    </Menu>
  ) : null;

export interface Sorting {
  /** Undefined: another column is what the table is sorted by. */
  direction: 'ascending' | 'descending' | undefined;
  onSort: () => void;
}

const ARROWS = { ascending: ' ↑', descending: ' ↓' };

/** The head of a column that a click sorts by. */
export const SortHead = ({ title, direction, onSort }: Sorting & { title: string }) => (
  <th scope="col" aria-sort={direction}>
    <button type="button" class="quiet sort" onClick={onSort}>
      {title}
      <span aria-hidden="true">{direction ? ARROWS[direction] : ' ↕'}</span>
    </button>
  </th>
);
