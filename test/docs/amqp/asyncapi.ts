import { EXCHANGES, NODE_CONTRACT, QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';
import { toBundledSchema } from './json-schema';
import { type Exchange, findMessages, MESSAGES, type Message } from './messages';

/** One exchange in the AsyncAPI document. The operation is the system's. */
interface ExchangeFacts {
  /** The routing key. */
  key: string;
  keyParts?: Record<string, string>;
  action: 'send' | 'receive';
  operation: string;
  description: string;
  /** AMQP's: 1 transient, 2 persistent. Absent: both occur. */
  deliveryMode?: 1 | 2;
}

const CHANNELS: Record<Exchange, ExchangeFacts> = {
  jobs: {
    key: '{pool}',
    keyParts: { pool: 'The pool of the task' },
    action: 'send',
    operation: 'sendJob',
    description: 'Jobs. Nodes consume them from the job queue of each of their pools.',
    deliveryMode: 2,
  },
  state: {
    key: QUEUES.stateUpdates.routingKey,
    action: 'receive',
    operation: 'receiveUpdates',
    description: 'Updates by nodes. Publish them mandatory and with confirms.',
    deliveryMode: 2,
  },
  serviceUpdates: {
    key: QUEUES.stateUpdates.routingKey,
    action: 'send',
    operation: 'sendServiceUpdates',
    description: 'Updates by services. No node may publish here.',
    deliveryMode: 2,
  },
  heartbeats: {
    key: QUEUES.heartbeats.routingKey,
    action: 'receive',
    operation: 'receiveHeartbeat',
    description: 'Heartbeats of nodes, every 5 s.',
    deliveryMode: 1,
  },
  control: {
    key: '',
    action: 'send',
    operation: 'sendControl',
    description: 'To every node. Each consumes it from an exclusive queue of its own, which the broker names.',
    deliveryMode: 1,
  },
  events: {
    key: '{type}',
    keyParts: { type: 'The `type` of the event' },
    action: 'send',
    operation: 'sendEvent',
    description: 'What happened, for whoever wants to know: bind a queue of your own.',
  },
  deadLetters: {
    key: '{queue}',
    keyParts: { queue: 'The queue that the message came from' },
    action: 'receive',
    operation: 'receiveDeadLetter',
    description: 'What could not be applied. RabbitMQ itself sends messages here unchanged, with the header `x-death`.',
    deliveryMode: 2,
  },
};

const bindingVersion = '0.3.0';

const refer = (...path: string[]) => ({ $ref: ['#', ...path].join('/') });
const toEntries = <Each>(messages: readonly Message[], toEntry: (name: string) => Each) =>
  Object.fromEntries(messages.map(({ name }) => [name, toEntry(name)]));
const toMessages = (exchanges: readonly string[]) =>
  toEntries(findMessages(exchanges), (name) => refer('components', 'messages', name));
const toParameters = (parts: Record<string, string> | undefined) =>
  parts && {
    parameters: Object.fromEntries(Object.entries(parts).map(([name, description]) => [name, { description }])),
  };

function toExchangeChannel(exchange: Exchange) {
  const { key, keyParts, description } = CHANNELS[exchange];
  const { name, type } = EXCHANGES[exchange];
  return {
    address: key,
    title: `exchange ${name}`,
    description,
    messages: toMessages([name]),
    ...toParameters(keyParts),
    bindings: {
      amqp: { is: 'routingKey', exchange: { name, type, durable: true, autoDelete: false }, bindingVersion },
    },
  };
}

function toQueueChannel({ name, exchanges, routingKey }: QueueSpec, keyParts?: Record<string, string>) {
  const queue = { name, durable: true, exclusive: false, autoDelete: false };
  return {
    address: name,
    title: `queue ${name}`,
    description: `Bound to ${exchanges.join(' and ')} by the key ${routingKey}. Its arguments: docs/topology.json.`,
    messages: toMessages(exchanges),
    ...toParameters(keyParts),
    bindings: { amqp: { is: 'queue', queue, bindingVersion } },
  };
}

function toOperation(exchange: Exchange) {
  const { action, deliveryMode } = CHANNELS[exchange];
  return {
    action,
    channel: refer('channels', exchange),
    messages: findMessages([EXCHANGES[exchange].name]).map(({ name }) => refer('channels', exchange, 'messages', name)),
    ...(deliveryMode && { bindings: { amqp: { deliveryMode, bindingVersion } } }),
  };
}

const exchanges = Object.keys(CHANNELS) as Exchange[];
const carried = MESSAGES.filter(({ exchange }) => exchange !== undefined);

/** Everything on RabbitMQ as one document. Messages that travel elsewhere are left out. */
export const toAsyncApi = (): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'CyberStroll task state: messages on RabbitMQ',
    version: String(NODE_CONTRACT),
    description:
      'The operations are those of the system, all services together. To write a node, send what the system ' +
      'receives and ' +
      'receive what it sends. docs/node-contract.md has the rules that no schema can say. The version is that of ' +
      'the node contract.',
    license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  channels: {
    ...Object.fromEntries(exchanges.map((exchange) => [exchange, toExchangeChannel(exchange)])),
    jobQueue: toQueueChannel(toJobQueue('{pool}'), { pool: 'The pool whose jobs it has' }),
    ...Object.fromEntries(Object.entries(QUEUES).map(([key, queue]) => [`${key}Queue`, toQueueChannel(queue)])),
  },
  operations: Object.fromEntries(exchanges.map((exchange) => [CHANNELS[exchange].operation, toOperation(exchange)])),
  components: {
    messages: toEntries(carried, (name) => ({ name, payload: refer('components', 'schemas', name) })),
    schemas: Object.fromEntries(carried.map((message) => [message.name, toBundledSchema(message)])),
  },
});
