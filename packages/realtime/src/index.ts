export { inspectRealtime } from './doctor/inspect-realtime';
export { createRealtime, type Realtime } from './realtime';
export { openOwnKeys } from './redis/own-keys';
