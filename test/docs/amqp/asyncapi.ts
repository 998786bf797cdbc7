import { EXCHANGES, NODE_CONTRACT, QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';
import { toComponents } from './json-schema';
import { type Exchange, findMessages, MESSAGES, type Message } from './messages';

/** One exchange in the AsyncAPI documents. */
interface ExchangeFacts {
  /** The routing key. */
  key: string;
  keyParts?: Record<string, string>;
  /** What the system does there, and what a node does, which is the inverse. */
  action: 'send' | 'receive';
  operation: string;
  nodeOperation?: string;
  description: string;
  /** AMQP's: 1 transient, 2 persistent. Absent: both occur. */
  deliveryMode?: 1 | 2;
  /** Whether the sender wants back what no queue takes. */
  mandatory?: true;
}

const CHANNELS: Record<Exchange, ExchangeFacts> = {
  jobs: {
    key: '{pool}',
    keyParts: { pool: 'The pool of the task' },
    action: 'send',
    operation: 'sendJob',
    nodeOperation: 'receiveJob',
    description: 'Jobs. Nodes consume them from the job queue of each of their pools.',
    deliveryMode: 2,
    mandatory: true,
  },
  state: {
    key: QUEUES.stateUpdates.routingKey,
    action: 'receive',
    operation: 'receiveUpdates',
    nodeOperation: 'sendUpdates',
    description: 'Updates by nodes. Publish them mandatory and with confirms.',
    deliveryMode: 2,
    mandatory: true,
  },
  serviceUpdates: {
    key: QUEUES.stateUpdates.routingKey,
    action: 'send',
    operation: 'sendServiceUpdates',
    description:
      'Updates by services. No node may publish here. Most messages are queue markers: their `updates` is an empty list.',
    deliveryMode: 2,
    mandatory: true,
  },
  heartbeats: {
    key: QUEUES.heartbeats.routingKey,
    action: 'receive',
    operation: 'receiveHeartbeat',
    nodeOperation: 'sendHeartbeat',
    description: 'Heartbeats of nodes, every 5 s.',
    deliveryMode: 1,
  },
  control: {
    key: '',
    action: 'send',
    operation: 'sendControl',
    nodeOperation: 'receiveControl',
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
    mandatory: true,
  },
};

/** The AMQP headers of kinds of messages, by the names of these. */
const HEADERS: Record<string, object> = {
  job: {
    title: 'Job headers',
    type: 'object',
    properties: { traceparent: { type: 'string', description: 'W3C Trace Context, where the task is traced' } },
  },
};
const toHeadersName = (name: string) => `${name}-headers`;

const bindingVersion = '0.3.0';

const refer = (...path: string[]) => ({ $ref: ['#', ...path].join('/') });
const toEntries = <Each>(messages: readonly Message[], toEntry: (message: Message) => Each) =>
  Object.fromEntries(messages.map((message) => [message.name, toEntry(message)]));
const toMessages = (exchanges: readonly string[]) =>
  toEntries(findMessages(exchanges), ({ name }) => refer('components', 'messages', name));
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

/** AMQP's bindings of AsyncAPI have no place for those of a queue, nor for its arguments. */
const toQueueExtensions = ({ exchanges, routingKey, arguments: args }: Omit<QueueSpec, 'name'>) => ({
  'x-bindings': exchanges.map((exchange) => ({ exchange, routing_key: routingKey })),
  'x-arguments': args,
});

function toQueueChannel(spec: QueueSpec, keyParts?: Record<string, string>) {
  const { name, exchanges, routingKey } = spec;
  const queue = { name, durable: true, exclusive: false, autoDelete: false };
  return {
    address: name,
    title: `queue ${name}`,
    description: `Bound to ${exchanges.join(' and ')} by the key ${routingKey}.`,
    messages: toMessages(exchanges),
    ...toParameters(keyParts),
    bindings: { amqp: { is: 'queue', queue, bindingVersion } },
    ...toQueueExtensions(spec),
  };
}

const JOB_QUEUE_CHANNEL = toQueueChannel(toJobQueue('{pool}'), { pool: 'The pool whose jobs it has' });

/** The queue of one node. */
const CONTROL_QUEUE_CHANNEL = {
  address: null,
  title: 'the control queue of a node',
  description: 'Exclusive, named by the broker, bound to cs.control.',
  messages: toMessages([EXCHANGES.control.name]),
  bindings: {
    amqp: { is: 'queue', queue: { name: '', durable: false, exclusive: true, autoDelete: false }, bindingVersion },
  },
  ...toQueueExtensions({ exchanges: [EXCHANGES.control.name], routingKey: '', arguments: {} }),
};

const INVERSE = { send: 'receive', receive: 'send' } as const;

function toOperation(exchange: Exchange, action: 'send' | 'receive', channel: string = exchange) {
  const { deliveryMode, mandatory } = CHANNELS[exchange];
  const facts = action === 'send' ? { ...(deliveryMode && { deliveryMode }), ...(mandatory && { mandatory }) } : {};
  return {
    action,
    channel: refer('channels', channel),
    messages: findMessages([EXCHANGES[exchange].name]).map(({ name }) => refer('channels', channel, 'messages', name)),
    ...(Object.keys(facts).length > 0 && { bindings: { amqp: { ...facts, bindingVersion } } }),
  };
}

function toMessage({ name, exchange }: Message) {
  const { deliveryMode } = CHANNELS[exchange!];
  return {
    name,
    contentType: 'application/json',
    ...(HEADERS[name] && { headers: refer('components', 'schemas', toHeadersName(name)) }),
    payload: refer('components', 'schemas', name),
    'x-amqp-properties': { content_type: 'application/json', ...(deliveryMode && { delivery_mode: deliveryMode }) },
  };
}

const PROPERTIES =
  'Services set the AMQP properties `content_type`, `app_id` (the service), and on persistent messages `message_id`, ' +
  'which counts the messages of one publisher.';

const toDocument = (
  { title, description }: { title: string; description: string },
  messages: readonly Message[],
  parts: { channels: object; operations: object },
): object => ({
  asyncapi: '3.0.0',
  info: {
    title,
    version: String(NODE_CONTRACT),
    description,
    license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  ...parts,
  components: {
    messages: toEntries(messages, toMessage),
    schemas: {
      ...toComponents(messages),
      ...Object.fromEntries(Object.entries(HEADERS).map(([name, schema]) => [toHeadersName(name), schema])),
    },
  },
});

const exchanges = Object.keys(CHANNELS) as Exchange[];

/** Everything on RabbitMQ as one document. Messages that travel elsewhere are left out. */
export const toAsyncApi = (): object =>
  toDocument(
    {
      title: 'CyberStroll task state: messages on RabbitMQ',
      description:
        'The operations are those of the system, all services together; docs/asyncapi-node.json has those of a node. ' +
        `The version is that of the node contract. ${PROPERTIES}`,
    },
    MESSAGES.filter(({ exchange }) => exchange !== undefined),
    {
      channels: {
        ...Object.fromEntries(exchanges.map((exchange) => [exchange, toExchangeChannel(exchange)])),
        jobQueue: JOB_QUEUE_CHANNEL,
        ...Object.fromEntries(Object.entries(QUEUES).map(([key, queue]) => [`${key}Queue`, toQueueChannel(queue)])),
      },
      operations: Object.fromEntries(
        exchanges.map((exchange) => {
          const { operation, action } = CHANNELS[exchange];
          return [operation, toOperation(exchange, action)];
        }),
      ),
    },
  );

/** Where a node receives what it does not consume from an exchange. */
const NODE_QUEUES = {
  jobs: ['jobQueue', JOB_QUEUE_CHANNEL],
  control: ['controlQueue', CONTROL_QUEUE_CHANNEL],
} as const;

/** The side of a node: the inverse of what the system does. */
export function toNodeAsyncApi(): object {
  const channels: Record<string, object> = {};
  const operations: Record<string, object> = {};
  const ofNodes = exchanges.filter((exchange) => CHANNELS[exchange].nodeOperation);
  for (const exchange of ofNodes) {
    const { action, nodeOperation } = CHANNELS[exchange];
    const [name, channel] = NODE_QUEUES[exchange as keyof typeof NODE_QUEUES] ?? [
      exchange,
      toExchangeChannel(exchange),
    ];
    channels[name] = channel;
    operations[nodeOperation!] = toOperation(exchange, INVERSE[action], name);
  }
  return toDocument(
    {
      title: 'CyberStroll task state: a scanner node on RabbitMQ',
      description:
        'The operations are those of a node. docs/node-contract.md has the rules that no schema can say; the version ' +
        `is its own. Declare the two queues, and no exchange. ${PROPERTIES} A node sets \`content_type\` and ` +
        '`delivery_mode`.',
    },
    MESSAGES.filter(({ exchange }) => exchange && ofNodes.includes(exchange)),
    { channels, operations },
  );
}
