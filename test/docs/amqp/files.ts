import { EXCHANGES, QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';
import { toAsyncApi, toNodeAsyncApi } from './asyncapi';
import { toJsonSchema } from './json-schema';
import { MESSAGES } from './messages';

const toSchemaPath = (name: string) => `docs/schemas/${name}.schema.json`;

/** The generated files that describe the messages: path and text of each. */
export const renderMessageFiles = (): [path: string, text: string][] =>
  [
    ...MESSAGES.map((message): [string, object] => [toSchemaPath(message.name), toJsonSchema(message)]),
    ['docs/topology.json', toTopology()] as const,
    ['docs/asyncapi.json', toAsyncApi()] as const,
    ['docs/asyncapi-node.json', toNodeAsyncApi()] as const,
  ].map(([path, content]) => [path, `${JSON.stringify(content, null, 2)}\n`]);

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
function toTopology(): object {
  const queues = Object.values(QUEUES);
  const jobQueue = toJobQueue('<pool>');
  return {
    exchanges: Object.values(EXCHANGES).map((exchange) => ({ ...exchange, durable: true, auto_delete: false })),
    queues: queues.map(toQueue),
    bindings: queues.flatMap(toBindings),
    job_queue: { queue: toQueue(jobQueue), bindings: toBindings(jobQueue) },
  };
}
