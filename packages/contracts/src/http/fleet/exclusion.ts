import * as z from 'zod';
import { exclusionHoursSchema, exclusionSchema, exclusionStateSchema } from '../../documents/exclusion';
import { taskStatusSchema } from '../../documents/task';
import {
  countSchema,
  documentIdSchema,
  networkSchema,
  reasonSchema,
  reasonTextSchema,
  requiredReasonSchema,
  taskIdSchema,
  taskNameSchema,
  timeSchema,
} from '../../fields/fields';
import { portsSchema } from '../../fields/ports';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

/** `POST /api/exclusions`. */
export const createExclusionBodySchema = z
  .strictObject({
    target: networkSchema,
    ports: portsSchema.optional().describe('Only these ports; absent: the whole addresses'),
    hours: exclusionHoursSchema.min(1).optional(),
    reason: requiredReasonSchema.describe('Why it is not scanned'),
    start: timeSchema.optional().describe('In force from then on; absent: at once'),
    end: timeSchema.optional().describe('In the future, after start; absent: until it is lifted'),
  })
  .describe('Addresses, or ports of them, that are never scanned');
export type CreateExclusionBody = z.infer<typeof createExclusionBodySchema>;

/** `GET /api/exclusions`: newest first. */
export const listExclusionsQuerySchema = z.strictObject({
  state: exclusionStateSchema.optional().describe('Where it is not given: all but the ended'),
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListExclusionsQuery = z.infer<typeof listExclusionsQuerySchema>;

/** `DELETE /api/exclusions/{exclusion_id}`. */
export const liftExclusionQuerySchema = z.strictObject({
  reason: reasonSchema.describe('Why: kept with the exclusion, and in the audit log'),
});

/** An exclusion as clients see it. */
export const exclusionViewSchema = exclusionSchema
  .omit({ until: true, affected: true })
  .extend({ state: exclusionStateSchema, lift_reason: reasonTextSchema.optional() })
  .describe('Addresses, or ports of them, that are never scanned');
export type ExclusionView = z.infer<typeof exclusionViewSchema>;

/** Tasks that an exclusion shows at most. */
export const SHOWN_AFFECTED_TASKS = 200;

/** A task that has lost addresses to an exclusion. */
export const affectedTaskSchema = z
  .strictObject({
    task_id: taskIdSchema,
    name: taskNameSchema.optional().describe('Without a name of its own: the beginning of its targets'),
    status: taskStatusSchema,
    left_out: z.number().min(0).describe('Addresses that its targets lost when it was created or got more'),
    cancelled: countSchema.describe('Addresses whose scan was cancelled while it was open'),
  })
  .describe('A task that has lost addresses to an exclusion');
export type AffectedTask = z.infer<typeof affectedTaskSchema>;

export const exclusionDetailSchema = exclusionViewSchema
  .extend({
    tasks: z
      .array(affectedTaskSchema)
      .max(SHOWN_AFFECTED_TASKS)
      .describe('Tasks that have lost addresses to it, newest first. `only: excluded` scans these again'),
    more_tasks: z.boolean().describe(`More than ${SHOWN_AFFECTED_TASKS} tasks have`),
  })
  .describe('An exclusion, and what it has done');
export type ExclusionDetail = z.infer<typeof exclusionDetailSchema>;

/** The operations of the tag `exclusions`. */
export const EXCLUSION_OPERATIONS = operationsOf('exclusions', {
  listExclusions: {
    route: 'GET /api/exclusions',
    summary: 'List exclusions, newest first',
    role: 'viewer',
    networks: 'exclusion',
    query: listExclusionsQuerySchema,
    answers: { 200: { when: 'A page of exclusions', body: pageOf(exclusionViewSchema) } },
  },
  createExclusion: {
    route: 'POST /api/exclusions',
    summary: 'Exclude an address, a network, or ports of them from every scan',
    description:
      'New tasks lose these addresses at once. Within 2 seconds, those of open tasks are CANCELLED, with the reason ' +
      '`excluded: …`, and nodes abort their scans. With `ports`, only these are left out of their scans.',
    role: 'operator',
    networks: 'exclusion',
    body: createExclusionBodySchema,
    examples: {
      'for ever': { target: '10.1.2.3', reason: 'a heart monitor' },
      'for a night': {
        target: '10.1.0.0/16',
        reason: 'moving to the new data centre',
        start: '2099-12-30T20:00:00Z',
        end: '2099-12-31T06:00:00Z',
      },
      'one port': { target: '10.1.2.3', ports: '9100', reason: 'it prints what it receives' },
      'office hours': {
        target: '10.2.0.0/16',
        hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', time_zone: 'Europe/Berlin' }],
        reason: 'no scans while people work',
      },
    },
    answers: { 201: { when: 'The exclusion', body: exclusionViewSchema, location: true } },
    problems: ['out_of_scope', 'too_many_exclusions'],
  },
  getExclusion: {
    route: 'GET /api/exclusions/{exclusion_id}',
    summary: 'Read an exclusion, and which tasks it has affected',
    role: 'viewer',
    networks: 'exclusion',
    answers: { 200: { when: 'The exclusion', body: exclusionDetailSchema } },
    problems: ['document_unreadable', 'exclusion_not_found'],
  },
  liftExclusion: {
    route: 'DELETE /api/exclusions/{exclusion_id}',
    summary: 'Lift an exclusion',
    description:
      'What it cancelled stays CANCELLED. The answer names the tasks: `POST /api/tasks` with `from_task` and ' +
      '`only: excluded` scans just these addresses. It is kept for 90 days. Without effect on one that has ended.',
    role: 'operator',
    networks: 'exclusion',
    query: liftExclusionQuerySchema,
    answers: { 200: { when: 'The exclusion after it', body: exclusionDetailSchema } },
    problems: ['exclusion_not_found', 'rule_of_admin'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const EXCLUSION_REQUESTS = { CreateExclusion: createExclusionBodySchema };
export const EXCLUSION_ANSWERS = {
  Exclusion: exclusionViewSchema,
  ExclusionPage: pageOf(exclusionViewSchema),
  ExclusionDetail: exclusionDetailSchema,
  AffectedTask: affectedTaskSchema,
};
