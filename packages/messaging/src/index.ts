export { announce, announceTaskChange, sendControl, sendLostLeases } from './announce';

export { type Broker, createBroker } from './broker';

export { toSource } from './dead-letters';
export type { Delivery } from './delivery';
export type { QueueDepth } from './depth-readings';

export { inspectBroker } from './inspect-broker';
export { createReplicaReader, type Replicas } from './management';
export { MAX_BODY_BYTES } from './message-body';
export { confirmed, handedOver, type PublishedMessage } from './publish-channels';
export { createUpdateSender, publishUpdates, type UpdateSender } from './publish-updates';
export type { Publisher, PublisherOptions } from './publisher';
export { sendJob } from './send-job';
export { DONE, type Verdict } from './verdict';
