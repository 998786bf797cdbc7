/** The drivers of RabbitMQ, MongoDB and Redis, for the few commands that need them. They are a bundle of their own. */
export { runConformance } from '@cyberstroll/conformance';
export { inspectBroker } from '@cyberstroll/messaging';
export { inspectRealtime } from '@cyberstroll/realtime';
export { inspectStore } from '@cyberstroll/store';
