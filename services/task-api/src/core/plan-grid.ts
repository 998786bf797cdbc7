import {
  type BlockCounts,
  encodeBlocks,
  encodeCells,
  encodeHeader,
  findBlocks,
  type Per,
  type SnapshotHeader,
  type TouchedGroup,
} from '@cyberstroll/grid';
import { isClosedSubTask } from '@cyberstroll/state-machine';
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
export type Indexes = { first: number; last: number } | readonly number[];

type Window = { from: number; count: number; per: Per };

/** Positions whose indexes are named one by one, if they are a small part of a permuted task. */
const MAX_NAMED = 65_536;
/** In the time in which one index is found by its name, this many in a row are read. */
const READ_IN_A_SEEK = 4;

export function planGrid(targets: TargetIndex, total: number, { from, count, per }: Window): GridPlan {
  const blocks = per === 1 ? undefined : findBlocks(targets.toRanges(0, total), per, { from, count });
  const totalCells = blocks ? blocks.total : total;
  const starts = blocks?.starts ?? [from, Math.min(from + count, total)];
  const [position, end] = [starts[0], starts.at(-1)];
  if (from >= totalCells || position === undefined || end === undefined) {
    return { position: total, length: 0, count: 0, total_cells: totalCells, starts: blocks && [], query: undefined };
  }
  const length = end - position;
  return {
    position,
    length,
    count: blocks ? blocks.starts.length - 1 : length,
    total_cells: totalCells,
    starts: blocks?.starts,
    query: { indexes: toIndexes(targets, position, length), inDetail: per === 1 },
  };
}

/** A permuted task has the addresses of a window all over its indexes. */
function toIndexes(targets: TargetIndex, position: number, length: number): Indexes {
  const range = targets.toIndexRange(position, position + length - 1);
  if (length > MAX_NAMED || range.last - range.first < READ_IN_A_SEEK * length) return range;
  return Array.from({ length }, (_, i) => targets.toIndex(position + i));
}

export type FoundGroup = Omit<TouchedGroup, 'positions'> & { indexes: readonly number[] };
export type Facts = Pick<SnapshotHeader, 'task_id' | 'status' | 'seq' | 'rev' | 'total_targets' | 'per' | 'from'>;

/** The bytes of a window of indexes. `next`: the first index after it that was touched. */
export function toIndexBytes(
  { count, next }: { count: number; next: number | undefined },
  facts: Facts,
  { segments }: TargetIndex,
  found: readonly FoundGroup[],
): Uint8Array {
  const header = {
    ...facts,
    count,
    total_cells: facts.total_targets,
    position: facts.from,
    ranges: [],
    segments,
    by: 'index' as const,
    ...(next !== undefined && { next }),
  };
  return encodeCells(
    header,
    found.map(({ indexes, ...group }) => ({ ...group, positions: indexes })),
  );
}

/** Whether these are all of the cells of a part by index, and closed: only a retry changes one of them again. */
export const isClosedPart = ({ count }: { count: number }, found: readonly FoundGroup[]): boolean =>
  found.every(({ status }) => isClosedSubTask(status)) &&
  found.reduce((sum, { indexes }) => sum + indexes.length, 0) === count;

/** The header of an answer by address. */
const toHeader = ({ position, length, count, total_cells }: GridPlan, facts: Facts, targets: TargetIndex) => ({
  ...facts,
  count,
  total_cells,
  position,
  ranges: targets.toRanges(position, length),
  segments: targets.segments,
});

export const toHeaderBytes = (plan: GridPlan, facts: Facts, targets: TargetIndex): Uint8Array =>
  encodeHeader(toHeader(plan, facts, targets));

/** As positions, which name cells by address. */
const toGroups = (found: readonly FoundGroup[], { toPosition }: TargetIndex): TouchedGroup[] =>
  found.map(({ indexes, ...group }) => ({ ...group, positions: indexes.map(toPosition) }));

/** The bytes of a window of addresses. */
export const toCellBytes = (plan: GridPlan, facts: Facts, targets: TargetIndex, found: readonly FoundGroup[]) =>
  encodeCells(toHeader(plan, facts, targets), toGroups(found, targets));

export const addToBlocks = (blocks: BlockCounts, found: readonly FoundGroup[], targets: TargetIndex): void =>
  blocks.add(toGroups(found, targets));

/** The bytes of a window of blocks. */
export const toBlockBytes = (plan: GridPlan, facts: Facts, targets: TargetIndex, blocks: BlockCounts) =>
  encodeBlocks(toHeader(plan, facts, targets), blocks);
