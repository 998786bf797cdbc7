export { inspectRealtime } from './inspect-realtime';
export { createRealtime, type ProgressListener, type Realtime, type RealtimeOptions } from './realtime';
