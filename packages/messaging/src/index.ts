export { type Broker, createBroker } from './broker';
export type { Consumer } from './consumer/consumer';
export { toSource } from './consumer/dead-letters';
export { type Delivery, DONE, type Verdict } from './consumer/delivery';
export { watchEvents } from './consumer/watch-events';
export {
  createServiceUpdateSender,
  publishEvent,
  publishHolds,
  publishServiceUpdates,
  publishTaskChange,
  type ServiceUpdateSender,
  sendControl,
  sendJob,
  sendLostLeases,
  type TaskChange,
} from './domain-messages';
export { inspectBroker } from './inspect/inspect-broker';
export { createReplicaReader, type Replicas } from './inspect/management';
export { openOwnQueues } from './inspect/own-queues';
export { confirmed, handedOver, type PublishedMessage } from './publisher/publish-channels';
export type { Publisher, PublisherOptions } from './publisher/publisher';
export type { QueueDepth } from './topology/depth-readings';
