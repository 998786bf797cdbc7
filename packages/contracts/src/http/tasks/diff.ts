import * as z from 'zod';
import { portSchema } from '../../documents/scan-result';
import { addressSchema, countSchema, resultLimitSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';

/** What became of a port from one task to another. */
export const PORT_CHANGES = ['opened', 'closed', 'service_changed', 'banner_changed', 'not_scanned'] as const;
export type PortChange = (typeof PORT_CHANGES)[number];

/** What became of a host. */
export const HOST_CHANGES = ['appeared', 'gone', 'changed', 'not_scanned'] as const;
export type HostChange = (typeof HOST_CHANGES)[number];

const serviceSchema = z.string().optional();

export const portDifferenceSchema = z
  .strictObject({
    port: portSchema,
    protocol: z.string(),
    change: z.enum(PORT_CHANGES).describe('`not_scanned`: open in one task, and the other one has not scanned it'),
    before: serviceSchema.describe(
      'Name and banner of the service in the first task; empty if unknown, absent if not open there',
    ),
    after: serviceSchema.describe('The same in the other task'),
  })
  .describe('A port that two tasks found different');
export type PortDifference = z.infer<typeof portDifferenceSchema>;

/** A host that two tasks found different. */
export const hostDifferenceSchema = z
  .strictObject({
    ip: addressSchema,
    change: z
      .enum(HOST_CHANGES)
      .describe(
        '`appeared`, `gone`: no port open before, or none any more, and both tasks have scanned all that is open ' +
          'in one of them',
      ),
    ports: z.array(portDifferenceSchema).min(1).describe('Ascending'),
  })
  .describe('A host that two tasks found different');
export type HostDifference = z.infer<typeof hostDifferenceSchema>;

const countsOf = <Name extends string>(names: readonly Name[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, countSchema])) as Record<Name, typeof countSchema>);

/** Counts, those of `not_scanned` too if the items leave them out. */
export const diffSummarySchema = z
  .strictObject({
    hosts: countsOf([...HOST_CHANGES, 'equal']).describe('Hosts with an open port in one of the tasks'),
    ports: countsOf(PORT_CHANGES),
  })
  .describe('How many hosts and ports are different, of those that this answer has looked at');
export type DiffSummary = z.infer<typeof diffSummarySchema>;

export const taskDiffSchema = z
  .object({
    items: z.array(hostDifferenceSchema),
    next_cursor: z
      .string()
      .optional()
      .describe(
        'Send it as `cursor` to get the next page; absent on the last page. A page that has looked at 5,000 hosts ' +
          'may be short, even empty, and still have one',
      ),
    summary: diffSummarySchema,
  })
  .describe('Hosts that two tasks found different');
export type TaskDiff = z.infer<typeof taskDiffSchema>;

/** The columns of the CSV: one row per port that is different. */
export const DIFF_COLUMNS = ['ip', 'host', 'port', 'protocol', 'change', 'before', 'after'] as const;

/** `GET /api/tasks/{task_id}/diff/{other_id}`. */
export const taskDiffQuerySchema = z.strictObject({
  not_scanned: z
    .literal('true', toSentence('true_or_absent'))
    .transform(() => true as const)
    .optional()
    .describe(
      'Also what is open in one task and was not scanned by the other: an address that is no target of it or has ' +
        'not COMPLETED, a port outside its list',
    ),
  format: z
    .enum(['json', 'ndjson', 'csv'])
    .optional()
    .describe('A page as JSON, or a stream of every difference; by default as `Accept` says, else `json`'),
  limit: resultLimitSchema.describe('Hosts at most; by default 100 in a page, all in a stream'),
  cursor: z
    .string()
    .regex(/^(4[0-9a-f]{8}|6[0-9a-f]{32})$/, toSentence('next_cursor'))
    .optional()
    .describe('`next_cursor` of the page before'),
});
