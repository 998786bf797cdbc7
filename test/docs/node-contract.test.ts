import { RULES } from '@cyberstroll/conformance';
import {
  controlSchema,
  isTooDeep,
  jobSchema,
  MAX_CAPACITY,
  MAX_CONTROL_TASKS,
  MAX_CURRENT_TASKS,
  MAX_ERROR_MESSAGE_LENGTH,
  MAX_FINDING_DATA_BYTES,
  MAX_FINDINGS,
  MAX_HOSTNAMES,
  MAX_JSON_DEPTH,
  MAX_LOST_LEASES,
  MAX_MESSAGE_BYTES,
  MAX_SERVICES,
  MAX_STRUCTURE_BYTES,
  MAX_SUBTASKS_PER_JOB,
  MAX_UPDATES_PER_ENVELOPE,
  SCAN_ERROR_CODES,
  sentHeartbeatSchema,
  subTaskUpdateSchema,
  toJobQueue,
  updateEnvelopeSchema,
} from '@cyberstroll/contracts';
import type { z } from 'zod';
import { type Example, examplesOf, page } from './node-contract-page';

type Message = Example;

/** Rows of the table under a heading cell: the names in the first column, and the second column. */
function readTable(heading: string): [names: string[], second: string][] {
  const table = page.slice(page.indexOf(`| ${heading} |`)).split('\n\n')[0]!;
  return table
    .split('\n')
    .slice(2)
    .map((row) => {
      const [, names = '', second = ''] = row.split('|');
      return [[...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name!), second.trim()];
    });
}

const [job] = examplesOf('Jobs');
const [envelope] = examplesOf('Updates');
const [heartbeat] = examplesOf('Heartbeats');
const [update] = envelope!['updates'] as Message[];

it.each<[string, z.ZodType, Message]>([
  ['a job', jobSchema, job!],
  ['an envelope', updateEnvelopeSchema, envelope!],
  ['an update', subTaskUpdateSchema, update!],
  ['a heartbeat', sentHeartbeatSchema, heartbeat!],
  ...examplesOf('Control').map((control): [string, z.ZodType, Message] => ['control', controlSchema, control]),
])('the example of %s is valid', (_what, schema, example) => {
  expect(schema.safeParse(example).error?.message).toBeUndefined();
});

/** Which of the fields that the page names may be left out, by trying. */
const findOptional = (schema: z.ZodType, example: Message, fields: readonly string[]) =>
  fields.filter((field) => {
    const { [field]: _left, ...rest } = example;
    return schema.safeParse(rest).success;
  });

/**
 * The last column: what only services may leave out; they sign as operators, and cancel and retry what nobody holds.
 */
it.each<[string, string, z.ZodType, Message, string[]]>([
  ['an envelope', 'field of the envelope', updateEnvelopeSchema, envelope!, ['node_id']],
  ['an update', 'field of an update', subTaskUpdateSchema, update!, ['lease_id']],
  ['a heartbeat', 'field of a heartbeat', sentHeartbeatSchema, heartbeat!, []],
])('says of each field of %s whether it may be left out', (_what, heading, schema, example, ofServices) => {
  const rows = readTable(heading);
  const fields = rows.flatMap(([names]) => names);
  const said = rows.filter(([, second]) => second !== 'required').flatMap(([names]) => names);
  expect(findOptional(schema, example, fields).sort()).toEqual([...said, ...ofServices].sort());
});

it('lists every error code, and which are retried, without cost or with', () => {
  const rows = readTable('code').flatMap(([names, second]) => names.map((name) => [name, second] as const));
  const codes = rows.map(([name]) => name).filter((name) => name in SCAN_ERROR_CODES);
  const ofServices = ['NODE_LOST_LIMIT'];
  expect([...codes, ...ofServices].sort()).toEqual(Object.keys(SCAN_ERROR_CODES).sort());
});

const jsonOfDepth = (depth: number): unknown => (depth === 0 ? 0 : [jsonOfDepth(depth - 1)]);
const inHeartbeat = (field: string, toValue: (n: number) => unknown) => (n: number) =>
  sentHeartbeatSchema.safeParse({ ...heartbeat, [field]: toValue(n) }).success;
const inUpdate = (fields: (n: number) => Message) => (n: number) =>
  subTaskUpdateSchema.safeParse({ ...update, ...fields(n) }).success;
const inResult = (fields: (n: number) => Message) =>
  inUpdate((n) => ({ scan_result: { open_ports: [], services: [], response_time: 0, ...fields(n) } }));
const PORT = { port: 1, protocol: 'tcp', state: 'open' };
const FINDING = { id: 'i', kind: 'k', title: 't' };
const withData = (length: number) => ({ ...FINDING, data: { d: 'd'.repeat(length) } });
const inPort = (texts: (text: string) => Message) =>
  inResult((n) => ({ ports: [{ ...PORT, ...texts('x'.repeat(n)) }] }));
const inFinding = (fields: (n: number) => Message) => inResult((n) => ({ findings: [{ ...FINDING, ...fields(n) }] }));
const times = (n: number, value: unknown) => Array<unknown>(n).fill(value);
const task = { subtask_id: update!['subtask_id'], status: 'scanning', progress: 0 };

/** What the table of limits names, the most that is allowed, and whether `n` of it are. */
const LIMITS: [what: string, limit: number, allows: (n: number) => boolean][] = [
  ['a message', 4_194_304, (n) => n <= MAX_MESSAGE_BYTES],
  ['its JSON', MAX_JSON_DEPTH, (n) => !isTooDeep(jsonOfDepth(n))],
  [
    '`subtasks` of a job',
    MAX_SUBTASKS_PER_JOB,
    (n) => jobSchema.safeParse({ ...job, subtasks: times(n, (job!['subtasks'] as unknown[])[0]) }).success,
  ],
  ['deliveries of a job', 20, (n) => n <= Number(toJobQueue('default').arguments['x-delivery-limit'])],
  [
    '`updates` of an envelope',
    MAX_UPDATES_PER_ENVELOPE,
    (n) => updateEnvelopeSchema.safeParse({ ...envelope, updates: times(n, update) }).success,
  ],
  ['`lease_id`', 64, inUpdate((n) => ({ lease_id: 'l'.repeat(n) }))],
  ['`open_ports` of a result', 65_535, inResult((n) => ({ open_ports: times(n, 1) }))],
  ['`services` of a result', MAX_SERVICES, inResult((n) => ({ services: times(n, '1/tcp') }))],
  ['a text of `services`', 512, inResult((n) => ({ services: ['x'.repeat(n)] }))],
  ['`ports` of a result', MAX_SERVICES, inResult((n) => ({ ports: times(n, PORT) }))],
  ['`service`, `version` of a port', 100, inPort((text) => ({ service: text, version: text }))],
  ['`product` of a port', 200, inPort((text) => ({ product: text }))],
  [
    '`banner` of a port, `subject`, `issuer` of `tls`',
    512,
    inPort((text) => ({ banner: text, tls: { subject: text } })),
  ],
  ['`hostnames` of a result', MAX_HOSTNAMES, inResult((n) => ({ hostnames: times(n, 'a') }))],
  ['a text of `hostnames`', 253, inResult((n) => ({ hostnames: ['a'.repeat(n)] }))],
  ['`findings` of a result', MAX_FINDINGS, inResult((n) => ({ findings: times(n, FINDING) }))],
  ['`id` of a finding', 200, inFinding((n) => ({ id: 'i'.repeat(n) }))],
  ['`kind` of a finding', 50, inFinding((n) => ({ kind: 'k'.repeat(n) }))],
  ['`title` of a finding', 512, inFinding((n) => ({ title: 't'.repeat(n) }))],
  [
    '`data` of a finding',
    MAX_FINDING_DATA_BYTES,
    inFinding((n) => ({ data: { d: 'd'.repeat(n - '{"d":""}'.length) } })),
  ],
  [
    '`ports`, `hostnames` and `findings` of a result together',
    MAX_STRUCTURE_BYTES,
    inResult((n) => {
      const findings = times(65, withData(8_000));
      const others = JSON.stringify([null, null, [...findings, withData(0)]]).length;
      return { findings: [...findings, withData(n - others)] };
    }),
  ],
  ['`error_code`', 50, inUpdate((n) => ({ error_info: { error_code: 'E'.repeat(n), error_message: '' } }))],
  [
    '`error_message`',
    MAX_ERROR_MESSAGE_LENGTH,
    inUpdate((n) => ({ error_info: { error_code: 'E', error_message: 'x'.repeat(n) } })),
  ],
  ['`node_id`, `instance_id`', 100, inHeartbeat('node_id', (n) => 'n'.repeat(n))],
  ['`capacity`, subtasks held', MAX_CAPACITY, inHeartbeat('capacity', (n) => n)],
  ['`current_tasks` of a heartbeat', MAX_CURRENT_TASKS, inHeartbeat('current_tasks', (n) => times(n, task))],
  ['`status` of an entry', 20, inHeartbeat('current_tasks', (n) => [{ ...task, status: 's'.repeat(n) }])],
  [
    '`pools`, `methods` of a node',
    50,
    (n) => ['pools', 'methods'].every((field) => inHeartbeat(field, (count) => times(count, 'default'))(n)),
  ],
  [
    'a pool, a method',
    50,
    (n) => ['pools', 'methods'].every((field) => inHeartbeat(field, (length) => ['p'.repeat(length)])(n)),
  ],
  ['`version`', 50, inHeartbeat('version', (n) => 'v'.repeat(n))],
  [
    '`task_ids`, `lease_ids` of a control message',
    MAX_LOST_LEASES,
    (n) =>
      MAX_CONTROL_TASKS === MAX_LOST_LEASES &&
      controlSchema.safeParse({ state: 'lost', lease_ids: times(n, 'l') }).success &&
      controlSchema.safeParse({ state: 'ended', task_ids: times(n, 'a'.repeat(24)) }).success,
  ],
];

describe('the table of limits', () => {
  const [, table = ''] = page.split('\n## Limits\n');
  const rows = [...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)]
    .slice(2)
    .map(([, what, limit]) => [what!, limit!] as const);

  it('has these rows', () => {
    expect(rows.map(([what]) => what)).toEqual(LIMITS.map(([what]) => what));
  });

  it.each(LIMITS)('gives the limit of %s, %d: that is allowed, and one more is not', (what, limit, allows) => {
    const said = rows.find(([row]) => row === what)?.[1];
    expect(said).toMatch(new RegExp(`(^|1 to )${limit.toLocaleString('en')}\\b`));
    expect([allows(limit), allows(limit + 1)]).toEqual([true, false]);
  });
});

it('lists in its checklist the rules that the conformance runner checks, and the section of each', () => {
  const [, table = ''] = page.split('\n### Checklist\n');
  const rows = table.match(/^\| `.*$/gm)!.slice(0, RULES.length);
  const toAnchor = (section: string) => section.toLowerCase().replaceAll(' ', '-');
  expect(rows).toEqual(
    RULES.map(({ name, promise, section }) => `| \`${name}\` | ${promise} | [${section}](#${toAnchor(section)}) |`),
  );
});
