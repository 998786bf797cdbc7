/**
 * What the grid shows of one subtask. Changes may come late, twice or in another order than they happened, and some are
 * in the snapshot already. So no cell ever goes back: it takes a change only if that is newer.
 */

/** Each status by its number in the binary forms, in the order of the machine. */
export const GRID_STATUSES = [
  ...(['PENDING', 'ASSIGNED', 'SCANNING', 'RETRYING'] as const),
  ...(['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'] as const),
] as const;
export type GridStatus = (typeof GRID_STATUSES)[number];

export interface Cell {
  status: GridStatus;
  /** 0 before the first. */
  attempt: number;
  /** The name of the node; undefined if none is known. */
  node?: string | undefined;
  has_open_ports: boolean;
}

/** Of a subtask without a document. In an ended task it counts as CANCELLED. */
export const UNTOUCHED: Readonly<Cell> = { status: 'PENDING', attempt: 0, has_open_ports: false };

/** A change of the subtask at `index`. */
export interface Change extends Cell {
  index: number;
  /** The status that it left; undefined if that is not known. Blocks count by it. */
  previous_status?: GridStatus | undefined;
}

/**
 * Where a status is within its attempt: no transition but `RETRY` leads to an equal or lower number, and `RETRY` begins
 * the next attempt.
 */
const ORDER: Readonly<Record<GridStatus, number>> = {
  PENDING: 0,
  ASSIGNED: 1,
  RETRYING: 1,
  SCANNING: 2,
  COMPLETED: 3,
  FAILED: 3,
  TIMEOUT: 3,
  CANCELLED: 3,
};

type Standing = Pick<Cell, 'status' | 'attempt'>;

export const isNewer = (change: Standing, cell: Standing): boolean =>
  change.attempt === cell.attempt ? ORDER[change.status] > ORDER[cell.status] : change.attempt > cell.attempt;

/**
 * The cell after a change, or the same cell. An attempt has one node: a change of the same attempt may add its name, a
 * newer attempt begins without one.
 */
export function mergeCell(cell: Cell, change: Cell): Cell {
  const isOfAttempt = change.attempt === cell.attempt;
  const node = change.node ?? (isOfAttempt ? cell.node : undefined);
  if (isNewer(change, cell)) return { ...toCell(change), node };
  return isOfAttempt && cell.node === undefined && node !== undefined ? { ...cell, node } : cell;
}

const toCell = ({ status, attempt, node, has_open_ports }: Cell): Cell => ({ status, attempt, node, has_open_ports });
