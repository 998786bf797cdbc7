import * as z from 'zod';
import { limitNumbersShape, limitSchema, perPrefixSchema } from '../../documents/limit';
import { coversSchema } from '../../fields/covers';
import { countSchema, reasonSchema, taskIdSchema } from '../../fields/fields';
import { scanWindowsSchema } from '../../fields/scan-windows';
import { toSentence } from '../../sentences/sentences';
import { operationsOf } from '../operation';

const NUMBERS = Object.keys(limitNumbersShape);

/** `POST /api/limits`. */
export const createLimitBodySchema = z
  .strictObject({
    covers: coversSchema,
    ...limitNumbersShape,
    windows: limitSchema.shape.windows,
    reason: reasonSchema,
  })
  .refine((body) => NUMBERS.some((name) => body[name as keyof typeof body] !== undefined), {
    message: toSentence('one_number', { names: NUMBERS.join(', ') }),
  })
  .describe('A new limit: what it covers, and at least one number');
export type CreateLimitBody = z.infer<typeof createLimitBodySchema>;

/** `PATCH /api/limits/{limit_id}`. */
export const changeLimitBodySchema = z
  .strictObject({
    max_concurrent: limitNumbersShape.max_concurrent.unwrap().nullable().optional().describe('null removes it'),
    max_starts_per_second: limitNumbersShape.max_starts_per_second
      .unwrap()
      .nullable()
      .optional()
      .describe('null removes it'),
    per_prefix: perPrefixSchema.nullable().optional().describe('null removes it'),
    windows: scanWindowsSchema.nullable().optional().describe('null or none: it counts always'),
    reason: reasonSchema,
  })
  .describe('What is not given stays')
  .prefault({});
export type ChangeLimitBody = z.infer<typeof changeLimitBodySchema>;

/** `DELETE /api/limits/{limit_id}`: a reason in the query, since a body of a DELETE may be lost on its way. */
export const deleteLimitQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** A limit with its live use. */
export const limitViewSchema = limitSchema
  .extend({
    use: z
      .object({
        tasks: countSchema.describe('Tasks that it covers and that are not settled'),
        outstanding: countSchema.describe('Addresses that were sent out and are not closed: at most max_concurrent'),
        not_begun: countSchema.describe('Those of them whose scan has not started'),
        fullest_prefix: z
          .object({ prefix: z.string(), outstanding: countSchema })
          .optional()
          .describe('The prefix with the most outstanding, where the limit has a number for each'),
        held_by: z
          .array(
            z.object({
              task_id: taskIdSchema,
              name: z.string().optional().describe('Without a name of its own: the beginning of its targets'),
              outstanding: countSchema,
            }),
          )
          .describe('The tasks with the most outstanding, most first; three at most'),
        next_start: z.date().optional().describe('When the next start is due by its pace; absent: at any time'),
      })
      .describe('How much of it is in use now'),
    in_force: z.boolean().describe('Whether it counts now: false outside its windows'),
  })
  .describe('A limit, and how much of it is in use');
export type LimitView = z.infer<typeof limitViewSchema>;

/** All limits: there are few. */
export const limitListSchema = z.object({ items: z.array(limitViewSchema) }).describe('All limits, oldest first');
export type LimitList = z.infer<typeof limitListSchema>;

/** The operations of the tag `limits`. */
export const LIMIT_OPERATIONS = operationsOf('limits', {
  listLimits: {
    route: 'GET /api/limits',
    summary: 'List all limits with their live use, oldest first',
    role: 'viewer',
    networks: 'limit',
    answers: { 200: { when: 'The limits', body: limitListSchema } },
  },
  createLimit: {
    route: 'POST /api/limits',
    summary: 'Limit how hard tasks may scan',
    description:
      'It counts within two seconds, for what is sent from then on. Of several limits that cover a task the tightest ' +
      'counts; so does the task’s own, in its `config`. A network covers the addresses in it. A limit of a key with ' +
      'networks covers only tasks whose targets lie wholly in them.',
    role: 'operator',
    networks: 'limit',
    body: createLimitBodySchema,
    examples: {
      'a network': { covers: { network: '10.1.0.0/16' }, max_concurrent: 50, max_starts_per_second: 20 },
      'each network': { covers: { all: true }, per_prefix: { max_concurrent: 4 } },
      'by day': {
        covers: { network: '10.1.0.0/16' },
        max_starts_per_second: 10,
        windows: [
          { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '07:00', to: '19:00', time_zone: 'Europe/Berlin' },
        ],
      },
      everything: { covers: { all: true }, max_concurrent: 2_000, reason: 'the uplink is slow' },
    },
    answers: { 201: { when: 'The limit', body: limitViewSchema, location: true } },
    problems: ['out_of_scope', 'too_many_limits'],
  },
  changeLimit: {
    route: 'PATCH /api/limits/{limit_id}',
    summary: 'Change the numbers or the windows of a limit',
    role: 'operator',
    networks: 'limit',
    body: changeLimitBodySchema,
    examples: { 'one number': { max_concurrent: 10, reason: 'the firewall complained' } },
    answers: { 200: { when: 'The limit after it', body: limitViewSchema } },
    problems: ['document_unreadable', 'limit_not_found', 'limit_without_numbers', 'rule_of_admin'],
  },
  deleteLimit: {
    route: 'DELETE /api/limits/{limit_id}',
    summary: 'Remove a limit',
    role: 'operator',
    networks: 'limit',
    query: deleteLimitQuerySchema,
    answers: { 200: { when: 'The limit that is gone', body: limitSchema } },
    problems: ['limit_not_found', 'rule_of_admin'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const LIMIT_REQUESTS = { CreateLimit: createLimitBodySchema, ChangeLimit: changeLimitBodySchema };
export const LIMIT_ANSWERS = { LimitWithUse: limitViewSchema, Limit: limitSchema, LimitList: limitListSchema };
