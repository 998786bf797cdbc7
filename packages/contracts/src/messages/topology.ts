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

const quorumQueue = (name: string, exchanges: readonly ExchangeName[], routingKey: string): QueueSpec => ({
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
  },
});

/** The queue of a pool's jobs: declared by who sends to it and by who takes from it. */
export const toJobQueue = (pool: string): QueueSpec => quorumQueue(`cs.jobs.${pool}`, [EXCHANGES.jobs.name], pool);

const UPDATES_KEY = 'updates';
const UPDATE_EXCHANGES = [EXCHANGES.state.name, EXCHANGES.serviceUpdates.name];
const toNthKey = (place: number) => (place > 0 ? `${UPDATES_KEY}.${place}` : UPDATES_KEY);

/**
 * All its messages go to one of its consumers, and to the next one when that is gone. So the claim and the result of a
 * subtask are with one updater.
 */
function toStateQueue(place: number): QueueSpec {
  const queue = quorumQueue(`cs.updates.${place}`, UPDATE_EXCHANGES, toNthKey(place));
  return { ...queue, arguments: { ...queue.arguments, 'x-single-active-consumer': true } };
}

export const QUEUES = {
  stateUpdates: toStateQueue(0),
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

/** The most queues that the updates may be split into: `STATE_QUEUES`. */
export const MAX_STATE_QUEUES = 16;

/**
 * The queues of updates where there are `count`. The first is that of every installation, and takes the updates of
 * nodes that know of no other; each of the others is bound to the same exchanges by a key of its own.
 */
export const toStateQueues = (count: number): QueueSpec[] =>
  Array.from({ length: count }, (_, place) => (place === 0 ? QUEUES.stateUpdates : toStateQueue(place)));

/** The names of all queues of updates that there may be. */
export const STATE_QUEUE_NAMES: readonly string[] = toStateQueues(MAX_STATE_QUEUES).map(({ name }) => name);

/**
 * The key by which updates of a task are published where there are `count` queues of updates: the same for nodes and
 * services, so that updates of one subtask are in one queue. The end of a task's id counts tasks, so it is even.
 */
export function toUpdatesKey(taskId: string, count: number): string {
  return toNthKey(count > 1 ? Number.parseInt(taskId.slice(-6), 16) % count : 0);
}

const NAMES_OF_UPDATES: ReadonlySet<string> = new Set(STATE_QUEUE_NAMES);

/** Whether a queue has updates. */
export const isQueueOfUpdates = (queue: string): boolean => NAMES_OF_UPDATES.has(queue);

/** The queues that every service declares. */
export const toSharedQueues = (stateQueues: number): QueueSpec[] => [
  ...toStateQueues(stateQueues),
  QUEUES.heartbeats,
  QUEUES.deadLetters,
];

/** The queues that there are, or may be, where nodes serve these pools. */
export const toQueueNames = (stateQueues: number, pools: readonly string[]): string[] =>
  [...toSharedQueues(stateQueues), ...pools.map(toJobQueue)].map(({ name }) => name);
