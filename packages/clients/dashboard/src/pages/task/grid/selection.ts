import { createPositions, findBlocks, type GridWindow, type SnapshotHeader } from '@cyberstroll/grid';
import { type Run, selectRectangle, toRuns } from './grid-layout';

/** What the cells of a selection are, as targets of the API: `10.0.3.5-10.0.3.40,10.0.4.5`. */
export function toTargetText(runs: readonly Run[], toAddress: (cell: number) => string | undefined): string {
  return runs
    .flatMap(([first, end]) => splitRun(first, end, toAddress))
    .map(([first, last]) => (first === last ? first : `${first}-${last}`))
    .join(',');
}

/** A run of cells may go from one network to another: a range of addresses may not. */
function splitRun(first: number, end: number, toAddress: (cell: number) => string | undefined): [string, string][] {
  const ranges: { first: string; last: string; next: bigint }[] = [];
  for (let cell = first; cell < end; cell++) {
    const address = toAddress(cell);
    if (address === undefined) continue;
    const value = toNumber(address);
    const range = ranges.at(-1);
    if (range && range.next === value) Object.assign(range, { last: address, next: value + 1n });
    else ranges.push({ first: address, last: address, next: value + 1n });
  }
  return ranges.map((range) => [range.first, range.last]);
}

/** An address as a number; the two families do not meet. */
export function toNumber(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return (1n << 128n) + groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

/** A rectangle of cells as a text: the addresses of two of its corners, and the columns of the grid it was drawn on. */
export const toRectangleText = (one: string, other: string, columns: number): string => `${one}..${other}@${columns}`;
const RECTANGLE = /^(.+?)\.\.(.+)@(\d{1,3})$/;

/** The cells that a text selects: a rectangle by two corners, or the CIDR, range or address that `findCells` takes. */
export function findSelection(
  text: string,
  cells: number,
  { toAddress, findCell }: Pick<CellPlaces, 'toAddress' | 'findCell'>,
): Run[] {
  const corners = RECTANGLE.exec(text);
  if (!corners) return toRuns(findCells(text, cells, toAddress) ?? []);
  const [one, other] = corners.slice(1, 3).map((address) => findCell(address.trim()));
  const columns = Number(corners[3]);
  return one === undefined || other === undefined || columns === 0
    ? []
    : selectRectangle({ columns, cells }, one, other);
}

const CIDR = /^(.+)\/(\d{1,3})$/;
const RANGE = /^(.+?)-(.+)$/;

/** The cells of a grid that a CIDR, a range or an address holds; undefined for any other text. */
export function findCells(text: string, count: number, toAddress: (cell: number) => string | undefined) {
  const bounds = toBounds(text.trim());
  if (!bounds) return undefined;
  const [first, last] = bounds;
  const cells: number[] = [];
  for (let cell = 0; cell < count; cell++) {
    const address = toAddress(cell);
    if (address === undefined) continue;
    const value = toNumber(address);
    if (value >= first && value <= last) cells.push(cell);
  }
  return cells;
}

function toBounds(text: string): [bigint, bigint] | undefined {
  try {
    const cidr = CIDR.exec(text);
    if (cidr) {
      const address = cidr[1] as string;
      const width = (address.includes(':') ? 128 : 32) - Number(cidr[2]);
      if (width < 0) return undefined;
      const first = (toNumber(address) >> BigInt(width)) << BigInt(width);
      return [first, first + (1n << BigInt(width)) - 1n];
    }
    const range = RANGE.exec(text);
    if (range) {
      const [, first = '', last = ''] = range;
      const whole = /^\d+$/.test(last) ? first.replace(/\d+$/, last) : last;
      return [toNumber(first), toNumber(whole)];
    }
    return text === '' ? undefined : [toNumber(text), toNumber(text)];
  } catch {
    return undefined;
  }
}

/** How many of the cells FAILED or timed out. */
export function countFailed(runs: readonly Run[], window: GridWindow): number {
  let failed = 0;
  for (const [first, end] of runs) {
    for (let cell = first; cell < end; cell++) {
      const status = window.getCell(window.header.position + cell)?.status;
      if (status === 'FAILED' || status === 'TIMEOUT') failed += 1;
    }
  }
  return failed;
}

/** Where the cells of a snapshot are in its task. */
export interface CellPlaces {
  /** Of the first target in a cell. */
  toPosition(cell: number): number;
  /** Of the first target in a cell. */
  toAddress(cell: number): string | undefined;
  /** Where cells are addresses: the one with this address. */
  findCell(address: string): number | undefined;
}

export function createCellPlaces(header: SnapshotHeader): CellPlaces {
  const { toAddress, findPosition } = createPositions(header);
  const starts = header.per === 1 ? [] : findBlocks(header.ranges, header.per, { position: header.position }).starts;
  const toPosition = (cell: number) => starts[cell] ?? header.position + cell;
  return {
    toPosition,
    toAddress: (cell) => toAddress(toPosition(cell)),
    findCell: (address) => {
      const position = findPosition(address);
      return position === undefined ? undefined : position - header.position;
    },
  };
}
