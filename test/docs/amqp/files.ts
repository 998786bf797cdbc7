import { toAsyncApi, toNodeAsyncApi } from './asyncapi';
import { toJsonSchema } from './json-schema';
import { MESSAGES } from './messages';
import { toTopology } from './topology';

const toSchemaPath = (name: string) => `docs/schemas/${name}.schema.json`;

/** The generated files that describe the messages: path and text of each. */
export const renderMessageFiles = (): [path: string, text: string][] =>
  [
    ...MESSAGES.map((message): [string, object] => [toSchemaPath(message.name), toJsonSchema(message)]),
    ['docs/topology.json', toTopology()] as const,
    ['docs/asyncapi.json', toAsyncApi()] as const,
    ['docs/asyncapi-node.json', toNodeAsyncApi()] as const,
  ].map(([path, content]) => [path, `${JSON.stringify(content, null, 2)}\n`]);
