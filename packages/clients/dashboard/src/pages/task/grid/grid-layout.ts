/** Where cells stand on the canvas: row by row, a power of two in each, so that a /24 or a /16 has whole rows. */
export interface GridLayout {
  columns: number;
  rows: number;
  /** Of a cell with its gap, in CSS pixels. */
  size: number;
  cells: number;
}

const MOST_COLUMNS = 256;
const LARGEST_CELL = 32;
const SMALLEST_CELL = 2;
/** No gap between cells that are smaller. */
const GAP_FROM = 6;
/** What is seen at once on a laptop, in CSS pixels. */
const LOW = 680;

/** The largest cells with which the grid is not wider than its box and, if that is possible, not too high. */
export function layOut(cells: number, width: number, zoom: Zoom = 1): GridLayout {
  const highest = Math.max(LOW, 0.6 * width);
  let best: GridLayout | undefined;
  for (
    let columns = Math.min(MOST_COLUMNS, 2 ** Math.ceil(Math.log2(Math.max(1, cells))));
    columns >= 1;
    columns /= 2
  ) {
    const size = Math.min(LARGEST_CELL, Math.floor(width / columns));
    const rows = Math.ceil(cells / columns);
    if (size < SMALLEST_CELL && columns > 1) continue;
    if (!best || (size > best.size && rows * size <= highest)) best = { columns, rows, size, cells };
  }
  const { size } = best as GridLayout;
  return { ...(best as GridLayout), size: Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, size * zoom)) };
}

/** How much larger than a whole grid cells may be shown. */
export const ZOOMS = [1, 2, 4] as const;
export type Zoom = (typeof ZOOMS)[number];

/** The next larger or smaller one; the same one at an end. */
export function toNextZoom(zoom: Zoom, isLarger: boolean): Zoom {
  const next = ZOOMS[ZOOMS.indexOf(zoom) + (isLarger ? 1 : -1)];
  return next ?? zoom;
}

const LEAST_LABEL = 16;

/** The rows that have room for a name, and the first cell of each: each row, or each second, fourth, … */
export function findNamedRows({ columns, rows, size }: GridLayout): { row: number; cell: number }[] {
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, LEAST_LABEL / size)));
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => ({ row: i * step, cell: i * step * columns }));
}

export const gapOf = ({ size }: GridLayout): number => (size >= GAP_FROM ? 1 : 0);

/** The cell under a point of the canvas, in CSS pixels. */
export function findCell({ columns, rows, size, cells }: GridLayout, x: number, y: number): number | undefined {
  const column = Math.floor(x / size);
  const row = Math.floor(y / size);
  if (column < 0 || row < 0 || column >= columns || row >= rows) return undefined;
  const cell = row * columns + column;
  return cell < cells ? cell : undefined;
}

/** The cell that an arrow key leads to; the same one at an edge. */
export function moveCell({ columns, cells }: GridLayout, from: number, key: string): number {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const to = from + (steps[key] ?? 0);
  if (key === 'Home') return 0;
  if (key === 'End') return cells - 1;
  return to >= 0 && to < cells ? to : from;
}

/** A run of cells, the end not included. */
export type Run = readonly [first: number, end: number];

/** The cells of the rectangle with these two corners, as runs: one for each row, or one for whole rows. */
export function selectRectangle(
  { columns, cells }: Pick<GridLayout, 'columns' | 'cells'>,
  one: number,
  other: number,
): Run[] {
  const left = Math.min(one % columns, other % columns);
  const right = Math.max(one % columns, other % columns);
  const top = Math.floor(Math.min(one, other) / columns);
  const bottom = Math.floor(Math.max(one, other) / columns);
  if (left === 0 && right === columns - 1) return [[top * columns, Math.min(cells, (bottom + 1) * columns)]];
  const runs: Run[] = [];
  for (let row = top; row <= bottom; row++) {
    const first = row * columns + left;
    const end = Math.min(cells, row * columns + right + 1);
    if (first < end) runs.push([first, end]);
  }
  return runs;
}

/** The same cells, as runs that each lie in one row. */
export function splitByRow(runs: readonly Run[], columns: number): Run[] {
  return runs.flatMap(([first, end]) => {
    const parts: Run[] = [];
    for (let cell = first; cell < end; ) {
      const rowEnd = Math.min(end, (Math.floor(cell / columns) + 1) * columns);
      parts.push([cell, rowEnd]);
      cell = rowEnd;
    }
    return parts;
  });
}

/** A line from one corner of cells to another, in cells. */
export type Edge = readonly [x1: number, y1: number, x2: number, y2: number];

/** The outline of selected cells: an edge wherever the neighbour of one of them is not selected. */
export function findOutline(runs: readonly Run[], columns: number): Edge[] {
  const parts = splitByRow(runs, columns);
  const cells = new Set(parts.flatMap(range));
  const across = (row: Run, neighbour: number, y: number): Edge[] =>
    toRuns(range(row).filter((cell) => !cells.has(cell + neighbour))).map(([first, end]) => [
      first % columns,
      y,
      (first % columns) + end - first,
      y,
    ]);
  return parts.flatMap((row) => {
    const [first, end] = row;
    const y = Math.floor(first / columns);
    const left = first % columns;
    const right = left + end - first;
    return [
      ...across(row, -columns, y),
      ...across(row, columns, y + 1),
      ...(left === 0 || !cells.has(first - 1) ? [[left, y, left, y + 1] as const] : []),
      ...(right === columns || !cells.has(end) ? [[right, y, right, y + 1] as const] : []),
    ];
  });
}

const range = ([first, end]: Run): number[] => Array.from({ length: end - first }, (_, i) => first + i);

export const countCells = (runs: readonly Run[]): number => runs.reduce((sum, [first, end]) => sum + end - first, 0);

/** Cells one after another whose numbers, in order, are given. */
export function toRuns(cells: readonly number[]): Run[] {
  const runs: [number, number][] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last && last[1] === cell) last[1] = cell + 1;
    else runs.push([cell, cell + 1]);
  }
  return runs;
}
