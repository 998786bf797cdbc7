import { findBlock, findBlocks } from './blocks';
import { type Cell, type Change, GRID_STATUSES, mergeCell } from './cell';
import { createPositions, type Positions } from './positions';
import type { Block, Snapshot, SnapshotHeader, StatusCounts } from './snapshot';

/** The cells of a snapshot as they are now. */
export interface GridWindow extends Positions {
  readonly header: SnapshotHeader;
  /** Where cells are addresses: that of a position. Undefined outside of the window. */
  getCell(position: number): Cell | undefined;
  /** Where cells are blocks: that with this number in the window. */
  getBlock(cell: number): Block | undefined;
  /** The numbers in the window of the cells that changed. */
  apply(changes: readonly Change[]): number[];
  /** Takes a later snapshot of the same window. The numbers of the cells that changed. */
  load(snapshot: Snapshot): number[];
  /** All addresses by status. */
  readonly counts: Readonly<StatusCounts>;
}

/** Cells of one kind, by their numbers in the window. */
interface Cells {
  counts: StatusCounts;
  /** The number of the cell that changed; undefined if none did. */
  take(position: number, change: Change): number | undefined;
  load(snapshot: Snapshot): number[];
}

/**
 * Subscribe to the changes first, then read the snapshot. Cells of addresses take what has come meanwhile: so none is
 * missed, and what the snapshot has already changes nothing. Blocks do not know what the snapshot has.
 */
export function createGridWindow(snapshot: Snapshot): GridWindow {
  const { header } = snapshot;
  const positions = createPositions(header);
  const cells = [...snapshot.cells];
  const blocks = [...snapshot.blocks];
  const { counts, take, load } =
    header.per === 1 ? createAddressCells(header, cells) : createBlockCells(header, blocks);
  return {
    ...positions,
    header,
    counts,
    load,
    getCell: (position) => cells[position - header.position],
    getBlock: (cell) => blocks[cell],
    apply(changes) {
      const changed = new Set<number>();
      for (const change of changes) {
        // Targets that were added after the snapshot are beyond it.
        if (change.index >= header.total_targets) continue;
        const cell = take(positions.toPosition(change.index), change);
        if (cell !== undefined) changed.add(cell);
      }
      return [...changed];
    },
  };
}

/** They take what is newer, of a change and of a later snapshot. */
function createAddressCells({ position: first }: SnapshotHeader, cells: Cell[]): Cells {
  const counts = toNoCounts();
  for (const { status } of cells) counts[status] += 1;

  function merge(at: number, change: Cell): number | undefined {
    const cell = cells[at];
    const merged = cell && mergeCell(cell, change);
    if (merged === cell) return undefined;
    counts[cell!.status] -= 1;
    counts[merged!.status] += 1;
    cells[at] = merged!;
    return at;
  }

  return {
    counts,
    take: (position, change) => merge(position - first, change),
    load: ({ cells: later }) => later.flatMap((cell, at) => merge(at, cell) ?? []),
  };
}

/**
 * They count a change from the status that it left to the one that it entered, and so each change once, in any order.
 * A later snapshot replaces them.
 */
function createBlockCells({ ranges, per, position: first }: SnapshotHeader, blocks: Block[]): Cells {
  const { starts } = findBlocks(ranges, per, { position: first });
  const counts = toNoCounts();
  addUp();

  function addUp() {
    for (const status of GRID_STATUSES) counts[status] = blocks.reduce((sum, block) => sum + block.counts[status], 0);
  }

  return {
    counts,
    take(position, { previous_status: left, status, has_open_ports }) {
      const cell = findBlock(starts, position);
      const block = blocks[cell];
      if (!block || left === undefined) return undefined;
      for (const sums of [block.counts, counts]) {
        sums[left] -= 1;
        sums[status] += 1;
      }
      if (has_open_ports) block.open_ports += 1;
      return cell;
    },
    load({ blocks: later }) {
      blocks.splice(0, blocks.length, ...later);
      addUp();
      return [...blocks.keys()];
    },
  };
}

const toNoCounts = () => Object.fromEntries(GRID_STATUSES.map((status) => [status, 0])) as StatusCounts;
