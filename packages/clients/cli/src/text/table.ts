import { paintState } from '../color';
import { type Name, sayCode, sayName } from '../language/say';
import { toPrintable } from '../printable';
import { fitInto, padEnd, padStart, toWidth } from './text-width';
import type { TimeText } from './time-text';

/** How cells are shown. */
export interface TableStyle {
  color: boolean;
  toTimeText: TimeText;
}

const PLAIN: TableStyle = { color: false, toTimeText: (time) => time };

export interface Table<Row> {
  toText(rows: readonly Row[], style?: TableStyle): string;
}

export interface Column<Row> {
  title: Name | '';
  value: (row: Row, toTimeText: TimeText) => string | number | undefined;
  align?: 'left' | 'right';
  /** The widest cell, in columns of the terminal; the rest is cut with an ellipsis. */
  max?: number;
  /** Whether the cell is a state, such as a status, which has a colour. */
  isState?: true;
}

/**
 * Rows as plain aligned columns; the first call puts the header above. A list that comes page by page keeps its columns
 * where the pages before had them, unless a wider cell moves them on.
 */
export function createTable<Row>(columns: readonly Column<Row>[]): Table<Row> {
  const widths = columns.map(() => 0);
  let withHeader = true;

  const toLine = (cells: string[], color: boolean) =>
    cells
      .map((cell, at) => {
        const { align, isState } = columns[at]!;
        const padded = (align === 'right' ? padStart : padEnd)(cell, widths[at]!);
        return isState && color ? paintState(toState(cell), padded, color) : padded;
      })
      .join('  ')
      .trimEnd();

  return {
    toText(rows, { color, toTimeText } = PLAIN) {
      const lines = rows.map((row) => columns.map((column) => toCell(column, row, toTimeText)));
      if (withHeader) lines.unshift(columns.map((column) => column.title && sayName(column.title)));
      withHeader = false;
      for (const at of widths.keys()) {
        widths[at] = lines.reduce((width, cells) => Math.max(width, toWidth(cells[at]!)), widths[at]!);
      }
      return lines.map((cells) => toLine(cells, color)).join('\n');
    },
  };
}

/** A name and its value. */
export type Field = [name: Name, value: string | number | undefined];

/** Fields of an answer that are shown as they are. */
export const toFields = <Key extends Name>(
  answer: { readonly [Each in Key]?: string | number | undefined },
  ...names: Key[]
): Field[] => names.map((name) => [name, answer[name]]);

/** Names and values below each other; those without value are left out. */
export function toFieldLines(fields: Field[]): string {
  const given = fields.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...given.map(([name]) => toWidth(sayName(name))));
  return given.map(([name, value]) => `${padEnd(sayName(name), width)}  ${toPrintable(String(value))}`).join('\n');
}

/** One cell, printable and cut. */
export function toCell<Row>({ value, max = 60, isState }: Column<Row>, row: Row, toTimeText: TimeText): string {
  const text = String(value(row, toTimeText) ?? '');
  return fitInto((isState ? sayCode(text) : toPrintable(text)) || '-', max);
}

/** The code in a cell of `isState`. */
export const toState = (cell: string): string => cell.split(' ', 1)[0]!;
