import type { AddressRange, SegmentPermutation } from '@cyberstroll/targets';
import { CELL_BYTES, createNodeNames, decode, encode, readCell, toStatusNumber, writeCell } from './binary';
import { findBlock, type Per } from './blocks';
import { type Cell, GRID_STATUSES, type GridStatus, UNTOUCHED } from './cell';

/** The header of `GET /api/tasks/{task_id}/grid`. */
export interface SnapshotHeader {
  task_id: string;
  /** These three: of the task when the cells were read, or earlier. */
  status: string;
  seq: number;
  rev: number;
  total_targets: number;
  per: Per;
  /** The number of the first cell, and how many cells there are. */
  from: number;
  count: number;
  /** Of the whole task. */
  total_cells: number;
  /** Of the first target. The positions number a task's targets by their addresses, segment after segment. */
  position: number;
  /**
   * `index`: the cells are those of the indexes from `from` on, in their order, and have no `ranges`. Absent: they are
   * in the order of the positions.
   */
  by?: 'index';
  /** Of cells by index: the first one after them that was touched. Absent if none was. */
  next?: number;
  /** The targets of these cells: `[first address, how many]`, in the order of the positions. */
  ranges: readonly AddressRange[];
  /** How indexes follow from positions: see `createPositions`. */
  segments: readonly SegmentPermutation[];
  /** Names of nodes: a cell has their number, from 1. */
  nodes: readonly string[];
}

/** Subtasks that are alike. Where cells are blocks, attempt and node are not known. */
export interface TouchedGroup extends Pick<Cell, 'status' | 'has_open_ports'>, Partial<Pick<Cell, 'attempt' | 'node'>> {
  /** Their positions. Those outside of the cells are left out. */
  positions: Iterable<number>;
}

/** Counts of a block: one of each status, and of those with open ports; 4 bytes each. */
const COUNTS = GRID_STATUSES.length + 1;
const BLOCK_BYTES = COUNTS * 4;

/** A snapshot without its cells: what they are, and where. */
export const encodeHeader = (header: Omit<SnapshotHeader, 'nodes'>): Uint8Array<ArrayBuffer> =>
  encode({ ...header, nodes: [] }, 0).bytes;

/** A snapshot with one cell for each position. */
export function encodeCells(
  header: Omit<SnapshotHeader, 'nodes'>,
  groups: readonly TouchedGroup[],
): Uint8Array<ArrayBuffer> {
  const { names, toNumber } = createNodeNames();
  const numbered = groups.map((group) => ({ ...UNTOUCHED, ...group, node: toNumber(group.node) }));
  const { bytes, records } = encode({ ...header, nodes: names }, header.count * CELL_BYTES);
  // All others are untouched: all zeros.
  for (const { positions, ...cell } of numbered) {
    for (const position of positions) {
      const at = position - header.position;
      if (at >= 0 && at < header.count) writeCell(records, at * CELL_BYTES, cell);
    }
  }
  return bytes;
}

/** Counts of blocks, which grow. */
export interface BlockCounts {
  /** Of each block its `COUNTS`. */
  readonly counts: Uint32Array;
  add(groups: readonly TouchedGroup[]): void;
  copy(): BlockCounts;
}

/** All are untouched, until what is touched is added. `starts`: as `findBlocks` returns them. */
export function createBlockCounts(starts: readonly number[]): BlockCounts {
  const blocks = Math.max(0, starts.length - 1);
  const counts = new Uint32Array(blocks * COUNTS);
  for (let block = 0; block < blocks; block++) counts[block * COUNTS + NO_STATUS] = starts[block + 1]! - starts[block]!;
  return toBlockCounts(starts, counts);
}

const NO_STATUS = toStatusNumber(UNTOUCHED.status);

const toBlockCounts = (starts: readonly number[], counts: Uint32Array): BlockCounts => ({
  counts,
  add(groups) {
    for (const { positions, status, has_open_ports } of groups) {
      const field = toStatusNumber(status);
      for (const position of positions) {
        const at = findBlock(starts, position) * COUNTS;
        if (at < 0 || at >= counts.length) continue;
        counts[at + NO_STATUS]! -= 1;
        counts[at + field]! += 1;
        if (has_open_ports) counts[at + COUNTS - 1]! += 1;
      }
    }
  },
  copy: () => toBlockCounts(starts, counts.slice()),
});

/** A snapshot with the counts of blocks. */
export function encodeBlocks(
  header: Omit<SnapshotHeader, 'nodes'>,
  { counts }: Pick<BlockCounts, 'counts'>,
): Uint8Array<ArrayBuffer> {
  const { bytes, records } = encode({ ...header, nodes: [] }, counts.length * 4);
  for (const [i, count] of counts.entries()) records.setUint32(i * 4, count, true);
  return bytes;
}

export type StatusCounts = Record<GridStatus, number>;

export interface Block {
  counts: StatusCounts;
  /** How many have open ports. */
  open_ports: number;
}

/** With `per` 1 it has `cells`, else `blocks`; neither if it was asked for without them. */
export interface Snapshot {
  header: SnapshotHeader;
  cells: Cell[];
  blocks: Block[];
}

export function decodeSnapshot(bytes: ArrayBuffer | Uint8Array): Snapshot {
  const { header, records } = decode<SnapshotHeader>(bytes);
  const list = <Item>(bytesOfOne: number, read: (cell: number) => Item) =>
    Array.from({ length: records.byteLength / bytesOfOne }, (_, i) => read(i));
  if (header.per === 1) {
    return { header, cells: list(CELL_BYTES, (i) => readCell(records, i * CELL_BYTES, header.nodes)), blocks: [] };
  }
  const readCount = (block: number, field: number) => records.getUint32(block * BLOCK_BYTES + field * 4, true);
  const toCounts = (block: number) =>
    Object.fromEntries(GRID_STATUSES.map((status, field) => [status, readCount(block, field)])) as StatusCounts;
  const blocks = list(BLOCK_BYTES, (i) => ({ counts: toCounts(i), open_ports: readCount(i, COUNTS - 1) }));
  return { header, cells: [], blocks };
}
