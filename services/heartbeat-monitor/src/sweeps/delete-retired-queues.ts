import { RETIRED_QUEUES } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';

export const DELETE_INTERVAL_MS = 60_000;

/**
 * Deletes the queues of earlier versions. During an upgrade the replicas of the earlier version consume them; when the
 * last one has stopped, nobody does. Every message in them was also routed to the queue of this version.
 */
export const createRetiredSweep = (broker: Pick<Broker, 'deleteUnused'>) => async (): Promise<undefined> => {
  for (const queue of RETIRED_QUEUES) await broker.deleteUnused(queue);
};
