/**
 * RabbitMQ as data: declared by one function of the messaging package, by every service that starts. Durable quorum
 * queues only, since a classic queue lives on one broker node and is gone while that is down; no queue priorities, no
 * global QoS: what RabbitMQ 3.10 and 4.x share. Every queue has a delivery limit, since RabbitMQ 4 drops a message
 * after 20 deliveries otherwise. What reaches it stays with its queue until the dead-letter queue has it (at least
 * once); a heartbeat is dropped. The dead-letter queue has no dead-letter exchange of its own. So its limit is a number
 * that is never reached: RabbitMQ 3 takes -1 for less than none, and 4 takes a missing limit for 20. Subtask updates of
 * nodes and of services reach one queue by two exchanges. A permission of RabbitMQ ends at an exchange, so the exchange
 * of an update distinguishes a service from a node that calls itself one.
 */
export const EXCHANGES = {
  jobs: { name: 'cs.jobs', type: 'direct' },
  state: { name: 'cs.state', type: 'direct' },
  /** Services' alone. */
  serviceUpdates: { name: 'cs.service-updates', type: 'direct' },
  heartbeats: { name: 'cs.heartbeats', type: 'direct' },
  control: { name: 'cs.control', type: 'fanout' },
  events: { name: 'cs.events', type: 'topic' },
  deadLetters: { name: 'cs.dead-letters', type: 'topic' },
} as const;

export type ExchangeName = (typeof EXCHANGES)[keyof typeof EXCHANGES]['name'];

export interface QueueSpec {
  name: string;
  /** Bound to each by the routing key. */
  exchanges: readonly ExchangeName[];
  routingKey: string;
  arguments: Record<string, string | number | boolean>;
}

const DELIVERY_LIMIT = 20;
const NO_DELIVERY_LIMIT = 2 ** 31 - 1;

const quorumQueue = (
  name: string,
  exchanges: readonly ExchangeName[],
  routingKey: string,
  further: QueueSpec['arguments'] = {},
): QueueSpec => ({
  name,
  exchanges,
  routingKey,
  arguments: {
    'x-queue-type': 'quorum',
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-dead-letter-exchange': EXCHANGES.deadLetters.name,
    'x-dead-letter-routing-key': name,
    'x-dead-letter-strategy': 'at-least-once',
    // What the strategy asks for; there is no length to overflow.
    'x-overflow': 'reject-publish',
    ...further,
  },
});

/** The queue of a pool's jobs: declared by who sends to it and by who takes from it. */
export const toJobQueue = (pool: string): QueueSpec => quorumQueue(`cs.jobs.${pool}`, [EXCHANGES.jobs.name], pool);

export const QUEUES = {
  /**
   * All its messages go to one of its consumers, and to the next one when that is gone. So the claim and the result of
   * a subtask are with one updater.
   */
  stateUpdates: quorumQueue('cs.updates', [EXCHANGES.state.name, EXCHANGES.serviceUpdates.name], 'updates', {
    'x-single-active-consumer': true,
  }),
  heartbeats: {
    name: 'cs.heartbeats.nodes',
    exchanges: [EXCHANGES.heartbeats.name],
    routingKey: 'heartbeat',
    // An old heartbeat is worth nothing: silence is measured from when one is read. So the oldest are dropped, and none
    // is dead-lettered.
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-message-ttl': 15_000,
      'x-max-length': 100_000,
      'x-overflow': 'drop-head',
    },
  },
  deadLetters: {
    name: 'cs.dead-letters',
    exchanges: [EXCHANGES.deadLetters.name],
    routingKey: '#',
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': NO_DELIVERY_LIMIT },
  },
} as const satisfies Record<string, QueueSpec>;

/** The queues that every service declares. */
export const SHARED_QUEUES: readonly QueueSpec[] = Object.values(QUEUES);

/** The queues that there are, or may be, where nodes serve these pools. */
export const toQueueNames = (pools: readonly string[]): string[] =>
  [...SHARED_QUEUES, ...pools.map(toJobQueue)].map(({ name }) => name);
