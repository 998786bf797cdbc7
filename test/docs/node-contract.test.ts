import { RULES } from '@cyberstroll/conformance';
import {
  controlSchema,
  jobSchema,
  MAX_CAPACITY,
  MAX_CURRENT_TASKS,
  MAX_ERROR_MESSAGE_LENGTH,
  MAX_JSON_DEPTH,
  MAX_SERVICES,
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

it.each([
  ['envelope', MAX_UPDATES_PER_ENVELOPE],
  ['`error_code`, `error_message`', MAX_ERROR_MESSAGE_LENGTH],
  ['`current_tasks` of a heartbeat', MAX_CURRENT_TASKS],
  ['`capacity`, subtasks held', MAX_CAPACITY],
  ['subtasks of a job', MAX_SUBTASKS_PER_JOB],
  ['`services` of a result', MAX_SERVICES],
  ['deliveries of a job', toJobQueue('default').arguments['x-delivery-limit']!],
  ['JSON depth', MAX_JSON_DEPTH],
])('gives the limit of %s that the schemas have: %d', (what, limit) => {
  const row = page.split('\n').find((line) => line.startsWith(`| ${what} |`));
  expect(row).toMatch(new RegExp(`\\b${limit.toLocaleString('en')}\\b`));
});

it('refuses a capacity above the limit, so that a node that is full can list all that it holds', () => {
  expect(sentHeartbeatSchema.safeParse({ ...heartbeat, capacity: MAX_CAPACITY }).success).toBe(true);
  expect(sentHeartbeatSchema.safeParse({ ...heartbeat, capacity: MAX_CAPACITY + 1 }).success).toBe(false);
});

it('lists in its checklist the rules that the conformance runner checks, and the section of each', () => {
  const [, table = ''] = page.split('\n### Checklist\n');
  const rows = table.match(/^\| `.*$/gm)!.slice(0, RULES.length);
  const toAnchor = (section: string) => section.toLowerCase().replaceAll(' ', '-');
  expect(rows).toEqual(
    RULES.map(({ name, promise, section }) => `| \`${name}\` | ${promise} | [${section}](#${toAnchor(section)}) |`),
  );
});
