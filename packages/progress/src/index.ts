export { type AllTasksChannel, type AllTasksSubscriber, createAllTasksChannel } from './all-tasks-channel';
export { type Batch, toMessage } from './batch';
export { type ConnectionCaps, createConnectionCaps } from './connection-caps';
export { createProgressHub, type ProgressHub } from './progress-hub';
export { createSnapshotCounter } from './snapshot-counter';
export { createSnapshotSource, type SnapshotSource } from './snapshot-source';
export type { Frame, ProgressSubscriber } from './task-channel';
