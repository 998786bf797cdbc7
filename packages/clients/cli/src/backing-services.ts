/** The drivers of RabbitMQ, MongoDB and Redis, for the few commands that need them. They are a bundle of their own. */
export { runConformance } from '@cyberstroll/conformance';
export { inspectBroker, openOwnQueues } from '@cyberstroll/messaging';
export { inspectRealtime, openOwnKeys } from '@cyberstroll/realtime';
export { inspectStore, openForBackup } from '@cyberstroll/store';
