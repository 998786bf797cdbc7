export { inspectRealtime } from './inspect-realtime';
export { createRealtime, type ProgressListener, type Realtime, type RealtimeOptions } from './realtime';
export { TICKET_EXPIRES_IN, type Ticket } from './tickets';
