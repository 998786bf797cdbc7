import { RETIRED_QUEUES } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';

export const DELETE_INTERVAL_MS = 60_000;

/**
 * During an upgrade the replicas of the earlier version consume the queues of that version; once the last has stopped, nobody does.
 * What is in them then, the queue of this version had too.
 */
export const createRetiredSweep = (broker: Pick<Broker, 'deleteUnused'>) => async (): Promise<undefined> => {
  for (const queue of RETIRED_QUEUES) await broker.deleteUnused(queue);
};
