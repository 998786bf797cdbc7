import { OPERATION_TAGS, OPERATIONS, type Operation } from '@cyberstroll/contracts';
import { toTable } from './table';

/** The operations of the HTTP API in short, from the table that task-api serves. */
export function renderHttpApi(): string {
  const operations: Operation[] = Object.values(OPERATIONS);
  const sections = Object.entries(OPERATION_TAGS).map(([tag, about]) => {
    const rows = operations.filter((operation) => operation.tag === tag).map(toRow);
    return `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}

${about}

${toTable(['operation', 'role', 'what it does', 'query'], rows)}
`;
  });
  return `# HTTP API

Every operation in short, with the least role that may call it. Bodies, answers and problems are in
[openapi.json](openapi.json), which task-api also shows at \`/docs\`. [task-api](../services/task-api/README.md) says what
holds for all of them, [API keys with networks](key-networks.md) what they do for such keys. Written from
\`packages/contracts/src/http/\` by \`npm run docs\`.

A field of a body that has a \`default\` may be left out. openapi-typescript makes it required: give it
\`--default-non-nullable false\`.

${sections.join('\n')}`;
}

const toRow = ({ method, path, role, summary, description, query }: Operation): string[] => [
  `\`${method} ${path}\``,
  role,
  [`${summary}.`, description].filter(Boolean).join(' '),
  Object.keys(query?.shape ?? {})
    .map((name) => `\`${name}\``)
    .join(', '),
];
