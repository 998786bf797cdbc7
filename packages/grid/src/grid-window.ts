import { type Cell, type Change, GRID_STATUSES, mergeCell, UNTOUCHED } from './cell';
import { createPositions, type Positions } from './positions';
import type { Snapshot, SnapshotHeader, StatusCounts } from './snapshot';

/** The cells of a snapshot as they are now. */
export interface GridWindow extends Positions {
  readonly header: SnapshotHeader;
  /** Undefined outside of the window. */
  getCell(position: number): Cell | undefined;
  /** The positions of the cells that changed. */
  apply(changes: readonly Change[]): number[];
  /** Takes what is newer in a later snapshot of the same window. The positions of the cells that changed. */
  load(snapshot: Snapshot): number[];
  /** All cells by status. */
  readonly counts: Readonly<StatusCounts>;
}

/**
 * Subscribe to the changes first, then read the snapshot, then apply what has come meanwhile: so none is missed, and
 * what the snapshot has already changes nothing.
 */
export function createGridWindow({ header, cells: first }: Snapshot): GridWindow {
  const cells = [...first];
  const positions = createPositions(header);
  const counts = countCells(cells);

  function merge(at: number, change: Cell): boolean {
    const cell = cells[at]!;
    const merged = mergeCell(cell, change);
    if (merged === cell) return false;
    counts[cell.status] -= 1;
    counts[merged.status] += 1;
    cells[at] = merged;
    return true;
  }

  return {
    ...positions,
    header,
    counts,
    getCell: (position) => cells[position - header.position],
    apply(changes) {
      const changed = new Set<number>();
      for (const change of changes) {
        // Targets that were added after the snapshot are beyond it.
        if (change.index >= header.total_targets) continue;
        const position = positions.toPosition(change.index);
        const at = position - header.position;
        if (at >= 0 && at < cells.length && merge(at, change)) changed.add(position);
      }
      return [...changed];
    },
    load: ({ cells: later }) =>
      later.slice(0, cells.length).flatMap((cell, at) => (merge(at, cell) ? [header.position + at] : [])),
  };
}

function countCells(cells: readonly Cell[]): StatusCounts {
  const counts = toNoCounts();
  for (const { status } of cells) counts[status] += 1;
  return counts;
}

const toNoCounts = () => Object.fromEntries(GRID_STATUSES.map((status) => [status, 0])) as StatusCounts;

/** The sums of a progress update: `counts` of `/ws/tasks/{task_id}/progress`. */
export type ProgressCounts = Readonly<Record<`${Lowercase<string>}_count`, number>>;

const BUCKETS: Readonly<Record<keyof StatusCounts, keyof ProgressCounts>> = {
  PENDING: 'pending_count',
  ASSIGNED: 'assigned_count',
  SCANNING: 'scanning_count',
  RETRYING: 'retry_count',
  COMPLETED: 'completed_count',
  FAILED: 'failed_count',
  TIMEOUT: 'timeout_count',
  CANCELLED: 'cancelled_count',
};

/**
 * Whether cells or blocks of a whole task have the sums of its progress. A change may be lost on its way. So a client
 * reads the snapshot again if they differ for some seconds. In an ended task the untouched count as CANCELLED.
 */
export const isLikeProgress = (counts: StatusCounts, progress: ProgressCounts, isEnded: boolean): boolean =>
  GRID_STATUSES.every((status) => toShown(counts, isEnded)[status] === progress[BUCKETS[status]]);

function toShown(counts: StatusCounts, isEnded: boolean): StatusCounts {
  if (!isEnded) return counts;
  const { [UNTOUCHED.status]: untouched, CANCELLED } = counts;
  return { ...counts, [UNTOUCHED.status]: 0, CANCELLED: CANCELLED + untouched };
}
