export { inspectRealtime } from './doctor/inspect-realtime';
export { createRealtime, type Realtime } from './realtime';
export { type FoundTicket, TICKET_EXPIRES_IN, type Ticket } from './tickets';
