import { EXCHANGES, type ExchangeName, poolSchema, QUEUES, toJobQueue } from '@cyberstroll/contracts';

/**
 * Where to send a message so that it reaches its queue again. It is the exchange that the message came by, so a replay
 * never turns a node's message into a service's. Undefined if a replay is no use: a late heartbeat would make a lost
 * node look alive, and a message on a process's own queue is out of date.
 */
export function toReplayTarget(
  queue: string,
  cameBy?: string,
): { exchange: ExchangeName; routing_key: string } | undefined {
  const { stateUpdates } = QUEUES;
  if (queue === QUEUES.stateUpdates.name) {
    const { name } = cameBy === EXCHANGES.serviceUpdates.name ? EXCHANGES.serviceUpdates : EXCHANGES.state;
    return { exchange: name, routing_key: stateUpdates.routingKey };
  }
  const pool = poolSchema.safeParse(queue.slice(EXCHANGES.jobs.name.length + 1));
  if (!pool.success || queue !== toJobQueue(pool.data).name) return undefined;
  return { exchange: EXCHANGES.jobs.name, routing_key: pool.data };
}
