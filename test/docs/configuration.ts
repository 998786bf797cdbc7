import { z } from 'zod';

/** The configuration reference: every variable of every service, from the schemas that read them. */

type Shape = z.ZodRawShape;

interface Variable {
  name: string;
  unit: string;
  values: string;
  fallback: string;
  meaning: string;
}

const UNITS: Record<string, string> = {
  MS: 'ms',
  SECONDS: 's',
  DAYS: 'days',
  BYTES: 'bytes',
  SHARE: 'part of 1',
  RATE: 'part of 1',
  RATIO: 'part of 1',
  MINUTE: '1/minute',
};

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

function toVariable(name: string, field: z.ZodType): Variable {
  const schema = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  const { description = '', secret } = schema;
  const isFlag = typeof field.safeParse(undefined).data === 'boolean';
  return {
    name: `${code(name)}${secret ? ' (secret)' : ''}`,
    unit: UNITS[name.split('_').at(-1)!] ?? '',
    values: isFlag ? '`yes` `no`' : toValues(schema),
    fallback: toFallback(field, schema, description),
    meaning: description.replace(/;? ?default: .*$/, '').replaceAll('|', '\\|'),
  };
}

function toValues(schema: z.core.JSONSchema.BaseSchema): string {
  const { type, enum: values, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (values) return values.map((value) => code(String(value))).join(' ');
  if (type !== 'integer' && type !== 'number') return 'text';
  const isBound = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isBound(minimum) && isBound(maximum)) return `${minimum} to ${maximum}`;
  const bounds = [
    isBound(exclusiveMinimum) && `above ${exclusiveMinimum}`,
    isBound(minimum) && `${minimum} or more`,
    isBound(exclusiveMaximum) && `below ${exclusiveMaximum}`,
    isBound(maximum) && `at most ${maximum}`,
  ];
  return bounds.filter(Boolean).join(', ');
}

/** A default that depends on the machine is described in words, after `default:` in the description. */
function toFallback(field: z.ZodType, schema: z.core.JSONSchema.BaseSchema, description: string): string {
  const words = /default: (.*)$/.exec(description)?.[1];
  if (words) return words;
  const parsed = field.safeParse(undefined);
  if (!parsed.success) return '**must be set**';
  if (typeof parsed.data === 'boolean') return code(parsed.data ? 'yes' : 'no');
  const value = schema.default ?? parsed.data;
  const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
  return text === '' ? 'none' : code(text);
}

const toRow = (cells: string[]) => `| ${cells.join(' | ')} |`;

function toTable(head: string[], rows: string[][]): string {
  return [toRow(head), toRow(head.map(() => '---')), ...rows.map(toRow)].join('\n');
}

/** The page, from each service's shape. What several services read alike is listed once. */
export function renderConfiguration(shapes: Record<string, Shape>): string {
  const all = Object.entries(shapes).flatMap(([service, shape]) =>
    Object.entries(shape).map(([name, field]) => ({ service, key: name, ...toVariable(name, field as z.ZodType) })),
  );
  const sameAs = (one: (typeof all)[number]) =>
    all.filter((other) => JSON.stringify({ ...other, service: '' }) === JSON.stringify({ ...one, service: '' }));
  const shared = all.filter((one) => sameAs(one).length > 1 && sameAs(one)[0] === one);
  const own = all.filter((one) => sameAs(one).length === 1);
  const count = Object.keys(shapes).length;
  const cells = ({ name, fallback, unit, values, meaning }: Variable) => [name, fallback, unit, values, meaning];
  const head = ['variable', 'default', 'unit', 'values', 'meaning'];
  return `# Configuration

Each service reads its environment once, at its start. A bad variable ends it; all of them are named in one error, which
repeats no value. An empty variable counts as not set. Written by \`npm run docs\` from \`services/*/src/config.ts\`.

- **From a file**: for any variable \`NAME\`, \`NAME_FILE\` names a file that holds its value; one newline at its end is
  cut. Both at once, a file that cannot be read, and an empty file are errors. Give secrets this way.
- **TLS**: RabbitMQ, MongoDB and Redis are reached over TLS if the URL asks for it: \`amqps://\`, \`tls=true\` in MongoDB's,
  \`rediss://\`. The server's certificate must be signed by \`TLS_CA\`, or without one by a public authority, and name the
  host of the URL. Several authorities: their texts one after another.
- **RabbitMQ**: \`amqp://user:password@host1:5672,host2:5672/vhost\`. Several hosts are the nodes of one cluster. Each
  connection starts at a random one and takes the next one whenever it is lost or refused, so no load balancer is
  needed. The port may be left out (5672, with \`amqps://\` 5671), and so may the vhost (\`/\`). In user, password and
  vhost, percent-encode \`@ : / ? # %\`; any other character may stand as it is. Over \`amqps://\` a URL without user and
  password logs in by the certificate in \`TLS_CERT\` (SASL EXTERNAL: RabbitMQ's plugin \`rabbitmq_auth_mechanism_ssl\`).
- The command line has variables of its own: [packages/clients/cli](../packages/clients/cli/README.md).

## Shared

${toTable(
  [...head, 'services'],
  shared.map((one) => [
    ...cells(one),
    sameAs(one).length === count
      ? 'all'
      : sameAs(one)
          .map(({ service }) => service)
          .join(', '),
  ]),
)}

${Object.keys(shapes)
  .map((service) => {
    const rows = own.filter((one) => one.service === service).map(cells);
    return `## ${service}\n\n${rows.length > 0 ? toTable(head, rows) : 'Only what is shared.'}\n`;
  })
  .join('\n')}`;
}
