export { findBlocks, type Per } from './blocks';
export { type Cell, type Change, GRID_STATUSES, type GridStatus } from './cell';
export { decodeChanges, encodeChanges } from './frame';
export { createGridWindow, type GridWindow } from './grid-window';
export { joinChanges } from './join-changes';
export { createPositions, type Positions } from './positions';
export { createDriftCheck, isLikeProgress } from './progress-check';
export {
  type Block,
  type BlockCounts,
  createBlockCounts,
  decodeSnapshot,
  encodeBlocks,
  encodeCells,
  encodeHeader,
  type Snapshot,
  type SnapshotHeader,
  type StatusCounts,
  type TouchedGroup,
} from './snapshot';
