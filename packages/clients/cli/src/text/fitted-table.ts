import { paintState } from '../color';
import { sayName } from '../language/say';
import { type Column, type TableStyle, toCell, toState } from './table';
import { fitInto, padEnd, padStart, toWidth } from './text-width';

export interface FittedColumn<Row> extends Column<Row> {
  /** Left out where the line is too narrow for all; the greatest goes first. */
  spare?: number;
}

export interface FittedStyle extends TableStyle {
  /** Columns of the terminal. */
  width: number;
}

/** A header and rows as lines that are never wider than the terminal. Pure. */
export function toFittedTable<Row>(
  columns: readonly FittedColumn<Row>[],
  rows: readonly Row[],
  { width, color, toTimeText }: FittedStyle,
): string[] {
  const all = columns.map((column) => {
    const cells = [column.title && sayName(column.title), ...rows.map((row) => toCell(column, row, toTimeText))];
    return { ...column, cells, width: Math.max(...cells.map(toWidth)) };
  });
  const shown = dropSpare(all, width);
  return ['', ...rows].map((_, line) => {
    let text = '';
    let room = width;
    for (const [at, { cells, align, isState, width: columnWidth }] of shown.entries()) {
      const cell = cells[line]!;
      const isLast = at === shown.length - 1;
      const padded = align === 'right' ? padStart(cell, columnWidth) : isLast ? cell : padEnd(cell, columnWidth);
      const gap = at === 0 ? '' : '  ';
      if (room <= gap.length) break;
      const fitted = fitInto(padded, room - gap.length);
      text += gap + (isState ? paintState(toState(cell), fitted, color) : fitted);
      room -= gap.length + toWidth(fitted);
    }
    return text;
  });
}

function dropSpare<Shown extends { width: number; spare?: number }>(columns: Shown[], width: number): Shown[] {
  const needed = columns.reduce((sum, column) => sum + column.width + 2, -2);
  const [least] = columns.filter(({ spare }) => spare).sort((a, b) => b.spare! - a.spare!);
  return needed <= width || !least
    ? columns
    : dropSpare(
        columns.filter((column) => column !== least),
        width,
      );
}
