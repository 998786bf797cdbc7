export { findBlocks, type Per } from './blocks';
export { type Cell, type Change, GRID_STATUSES, type GridStatus, isNewer } from './cell';
export { decodeChanges, encodeChanges } from './frame';
export { createGridWindow, type GridWindow, isLikeProgress } from './grid-window';
export { createPositions, type Positions } from './positions';
export {
  type Block,
  decodeSnapshot,
  encodeBlocks,
  encodeCells,
  type Snapshot,
  type SnapshotHeader,
  type StatusCounts,
  type TouchedGroup,
} from './snapshot';
