import { EXCHANGES, QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';

const toQueue = ({ name, arguments: args }: QueueSpec) => ({
  name,
  durable: true,
  auto_delete: false,
  arguments: args,
});

const toBindings = ({ name, exchanges, routingKey }: QueueSpec) =>
  exchanges.map((source) => ({
    source,
    destination: name,
    destination_type: 'queue',
    routing_key: routingKey,
  }));

/** What the services declare, in the words of RabbitMQ's definitions; `job_queue` is that of one pool. */
export function toTopology(): object {
  const queues = Object.values(QUEUES);
  const jobQueue = toJobQueue('<pool>');
  return {
    exchanges: Object.values(EXCHANGES).map((exchange) => ({ ...exchange, durable: true, auto_delete: false })),
    queues: queues.map(toQueue),
    bindings: queues.flatMap(toBindings),
    job_queue: { queue: toQueue(jobQueue), bindings: toBindings(jobQueue) },
  };
}
