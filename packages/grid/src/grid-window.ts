import { findBlock, findBlocks } from './blocks';
import { type Cell, type Change, GRID_STATUSES, mergeCell, UNTOUCHED } from './cell';
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
  /**
   * Takes a later snapshot: of the window or a part of it, or cells by index. Where cells are blocks, those by index
   * come once, in their order. The numbers of the cells that changed or are new.
   */
  load(snapshot: Snapshot): number[];
  /** Whether the cell with this number was in a snapshot. One that was in none shows changes alone. */
  isRead(cell: number): boolean;
  /** How much of the window was in a snapshot, from 0 to 1. */
  readonly readShare: number;
  /** All addresses by status. Those that were not read count as PENDING. */
  readonly counts: Readonly<StatusCounts>;
  /** The nodes that snapshots have named. */
  readonly nodes: ReadonlySet<string>;
}

/** Cells of one kind, by their numbers in the window. */
interface Cells {
  counts: StatusCounts;
  /** The number of the cell that changed; undefined if none did. */
  take(position: number, change: Change): number | undefined;
  /** A snapshot whose first cell is `first`. */
  load(snapshot: Snapshot, first: number): number[];
  /** Cells by index; those from the last of them up to the index `end` are untouched. */
  loadByIndex(cells: readonly Cell[], first: number, end: number): number[];
  isRead(cell: number): boolean;
  toReadShare(): number;
}

/**
 * Subscribe to the changes first, then read the snapshot: at once, or its header alone and then the cells in parts.
 * Cells of addresses take what has come meanwhile: so none is missed, and what a snapshot has already changes nothing.
 * Blocks do not know what a snapshot of blocks has.
 */
export function createGridWindow(snapshot: Snapshot): GridWindow {
  const { header } = snapshot;
  const positions = createPositions(header);
  const cells = header.per === 1 ? Array.from({ length: header.count }, (): Cell => UNTOUCHED) : [];
  const blocks = header.per === 1 ? [] : toUntouchedBlocks(header);
  const { counts, take, load, loadByIndex, isRead, toReadShare } =
    header.per === 1 ? createAddressCells(header, cells, positions) : createBlockCells(header, blocks, positions);
  const nodes = new Set<string>();

  function loadPart({ header: part, ...content }: Snapshot): number[] {
    for (const node of part.nodes) nodes.add(node);
    if (part.by !== 'index') return load({ header: part, ...content }, part.from - header.from);
    return loadByIndex(content.cells, part.from, part.next ?? header.total_targets);
  }

  loadPart(snapshot);
  return {
    ...positions,
    header,
    counts,
    nodes,
    isRead,
    load: loadPart,
    get readShare() {
      return toReadShare();
    },
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
function createAddressCells({ position: first }: SnapshotHeader, cells: Cell[], { toPosition }: Positions): Cells {
  const counts = { ...toNoCounts(), [UNTOUCHED.status]: cells.length };
  const read = createReadCells(cells.length);

  function merge(at: number, change: Cell): number | undefined {
    const cell = cells[at];
    const merged = cell && mergeCell(cell, change);
    if (merged === cell) return undefined;
    counts[cell!.status] -= 1;
    counts[merged!.status] += 1;
    cells[at] = merged!;
    return at;
  }

  /** Cells of a snapshot, by their numbers. */
  function take(found: Iterable<readonly [at: number, cell: Cell]>): number[] {
    const changed: number[] = [];
    for (const [at, cell] of found) {
      if (at < 0 || at >= cells.length) continue;
      const isNew = read.note(at);
      if (merge(at, cell) !== undefined || isNew) changed.push(at);
    }
    return changed;
  }

  return {
    counts,
    isRead: read.has,
    toReadShare: read.toShare,
    take: (position, change) => merge(position - first, change),
    load: ({ cells: later }, from) => take(later.map((cell, i) => [from + i, cell] as const)),
    loadByIndex(later, from, end) {
      const toEntry = (i: number) => [toPosition(from + i) - first, later[i] ?? UNTOUCHED] as const;
      return take(Array.from({ length: end - from }, (_, i) => toEntry(i)));
    },
  };
}

/**
 * They count a change from the status that it left to the one that it entered, and so each change once, in any order.
 * A later snapshot of blocks replaces them. Of cells by index they know which changes are newer.
 */
function createBlockCells(header: SnapshotHeader, blocks: Block[], { toPosition }: Positions): Cells {
  const { starts } = findBlocks(header.ranges, header.per, { position: header.position });
  const counts = toNoCounts();
  for (const block of blocks) addUp(block, 1);
  const read = createReadCells(blocks.length);
  /** What came of indexes that were not read by then. */
  const early = new Map<number, Change[]>();
  let readEnd = 0;
  let isByIndex = true;

  function addUp(block: Block, sign: 1 | -1) {
    for (const status of GRID_STATUSES) counts[status] += sign * block.counts[status];
  }

  /** `sign` -1 takes it back. */
  function count(block: Block, { previous_status: left, status, has_open_ports }: Change, sign: 1 | -1) {
    if (left === undefined) return;
    for (const sums of [block.counts, counts]) {
      sums[left] -= sign;
      sums[status] += sign;
    }
    if (has_open_ports) block.open_ports += sign;
  }

  /** What was counted early is taken back, and counts if it is newer than what was read. */
  function takeCell(index: number, found: Cell): number | undefined {
    const cell = findBlock(starts, toPosition(index));
    const block = blocks[cell];
    if (!block) return undefined;
    let newest = found;
    for (const change of early.get(index) ?? []) {
      count(block, change, -1);
      newest = mergeCell(newest, change);
    }
    early.delete(index);
    if (newest !== UNTOUCHED) count(block, { ...newest, index, previous_status: UNTOUCHED.status }, 1);
    return cell;
  }

  return {
    counts,
    isRead: (cell) => read.has(cell) || readEnd >= header.total_targets,
    toReadShare: () => (isByIndex ? readEnd / header.total_targets : read.toShare()),
    take(position, change) {
      const cell = findBlock(starts, position);
      const block = blocks[cell];
      if (!block || change.previous_status === undefined) return undefined;
      if (isByIndex && change.index >= readEnd) early.set(change.index, [...(early.get(change.index) ?? []), change]);
      count(block, change, 1);
      return cell;
    },
    load({ blocks: later }, from) {
      if (later.length > 0) {
        isByIndex = false;
        early.clear();
      }
      return later.flatMap((block, at) => {
        const before = blocks[from + at];
        if (!before) return [];
        addUp(before, -1);
        blocks[from + at] = block;
        addUp(block, 1);
        read.note(from + at);
        return from + at;
      });
    },
    loadByIndex(later, from, end) {
      readEnd = end;
      const changed = new Set(later.map((cell, i) => takeCell(from + i, isUntouched(cell) ? UNTOUCHED : cell)));
      for (const index of Array.from(early.keys())) if (index < end) changed.add(takeCell(index, UNTOUCHED));
      changed.delete(undefined);
      return [...changed] as number[];
    },
  };
}

const isUntouched = ({ status, attempt }: Cell) => status === UNTOUCHED.status && attempt === UNTOUCHED.attempt;

/** Which cells were in a snapshot. */
function createReadCells(length: number) {
  const isRead = new Uint8Array(length);
  let count = 0;
  return {
    has: (cell: number) => isRead[cell] === 1,
    /** Whether it is the first time. */
    note(cell: number): boolean {
      if (isRead[cell] === 1) return false;
      isRead[cell] = 1;
      count += 1;
      return true;
    },
    toShare: () => (length === 0 ? 1 : count / length),
  };
}

function toUntouchedBlocks({ ranges, per, position }: SnapshotHeader): Block[] {
  const { starts } = findBlocks(ranges, per, { position });
  return starts
    .slice(1)
    .map((end, at) => ({ counts: { ...toNoCounts(), [UNTOUCHED.status]: end - starts[at]! }, open_ports: 0 }));
}

const toNoCounts = () => Object.fromEntries(GRID_STATUSES.map((status) => [status, 0])) as StatusCounts;
