import {
  encodeBlocks,
  encodeCells,
  findBlocks,
  type Per,
  type SnapshotHeader,
  type TouchedGroup,
} from '@cyberstroll/grid';
import type { TargetIndex } from '@cyberstroll/targets';

/** A window of cells, before the subtasks are read. */
export interface GridPlan {
  position: number;
  /** The number of positions. */
  length: number;
  /** The number of cells, and of those that the whole task has. */
  count: number;
  total_cells: number;
  /** Of blocks: where each begins, and where the last one ends. */
  starts: number[] | undefined;
  /** What must be read. Undefined if the window is empty. */
  query: { indexes: Indexes; inDetail: boolean } | undefined;
}

/** A range that holds all of the window, or just the indexes of the window. */
type Indexes = { first: number; last: number } | readonly number[];

type Window = { from: number; count: number; per: Per };

/** Positions whose indexes are named one by one, if they are a small part of a permuted task. */
const MAX_NAMED = 65_536;

/** `most`: the indexes of a range that is read as a whole, whether all of it is wanted or not. */
export function planGrid(targets: TargetIndex, total: number, { from, count, per }: Window, most: number): GridPlan {
  const blocks = per === 1 ? undefined : findBlocks(targets.toRanges(0, total), per, { from, count });
  const totalCells = blocks ? blocks.total : total;
  const starts = blocks?.starts ?? [from, Math.min(from + count, total)];
  const [position, end] = [starts[0], starts.at(-1)];
  if (from >= totalCells || position === undefined || end === undefined) {
    return { position: total, length: 0, count: 0, total_cells: totalCells, starts: blocks && [], query: undefined };
  }
  const length = end - position;
  return {
    ...{ position, length, count: blocks ? blocks.starts.length - 1 : length, total_cells: totalCells },
    starts: blocks?.starts,
    query: { indexes: toIndexes(targets, position, length, most), inDetail: per === 1 },
  };
}

/** A permuted task has the addresses of a window all over its indexes. */
function toIndexes(targets: TargetIndex, position: number, length: number, most: number): Indexes {
  const range = targets.toIndexRange(position, position + length - 1);
  if (length > MAX_NAMED || range.last - range.first < Math.max(length, most)) return range;
  return Array.from({ length }, (_, i) => targets.toIndex(position + i));
}

/** The bytes of the answer. */
export function toGridBytes(
  plan: GridPlan,
  facts: Pick<SnapshotHeader, 'task_id' | 'status' | 'seq' | 'rev' | 'total_targets' | 'per' | 'from'>,
  targets: TargetIndex,
  found: readonly (Omit<TouchedGroup, 'positions'> & { indexes: readonly number[] })[],
): Uint8Array {
  const { position, length, count, total_cells, starts } = plan;
  const header = {
    ...{ ...facts, count, total_cells, position },
    ...{ ranges: targets.toRanges(position, length), segments: targets.segments },
  };
  const groups = found.map(({ indexes, ...group }) => ({ ...group, positions: indexes.map(targets.toPosition) }));
  return starts ? encodeBlocks(header, groups, starts) : encodeCells(header, groups);
}
