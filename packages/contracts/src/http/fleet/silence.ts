import * as z from 'zod';
import { alertRuleSchema } from '../../documents/alert-rules';
import { silencedSubjectSchema, silenceSchema } from '../../documents/silence';
import { documentIdSchema, reasonSchema, requiredReasonSchema } from '../../fields/fields';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

/** Silences that have not ended, at most: each read of alerts compares with all of them. */
export const MAX_SILENCES = 200;
/** Thirty days. What is to be silent for longer is no alert. */
export const MAX_SILENCE_HOURS = 720;

/** `POST /api/silences`. */
export const createSilenceBodySchema = z
  .strictObject({
    rule: alertRuleSchema,
    subject: silencedSubjectSchema.optional().describe('The subject of an alert, as it is shown; absent: any'),
    hours: z.number().positive().max(MAX_SILENCE_HOURS).describe('For how long, from now on'),
    reason: requiredReasonSchema.describe('Why; shown with each alert that it covers'),
  })
  .describe('Which alerts are silenced, for how long, and why');
export type CreateSilenceBody = z.infer<typeof createSilenceBodySchema>;

/** `GET /api/silences`: newest first. */
export const listSilencesQuerySchema = z.strictObject({
  rule: alertRuleSchema.optional(),
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
});
export type ListSilencesQuery = z.infer<typeof listSilencesQuerySchema>;

/** A body of a DELETE may be lost on its way. */
export const endSilenceQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** The operations of silences, of the tag `alerts`. */
export const SILENCE_OPERATIONS = operationsOf('alerts', {
  listSilences: {
    route: 'GET /api/silences',
    summary: 'List silences, newest first',
    description: 'Those that have not ended. One that has is in the audit log alone.',
    role: 'viewer',
    networks: 'refused',
    query: listSilencesQuerySchema,
    answers: { 200: { when: 'A page of silences', body: pageOf(silenceSchema) } },
  },
  createSilence: {
    route: 'POST /api/silences',
    summary: 'Silence the alerts of a rule, or of one subject, for some hours',
    description:
      'Its alerts are raised, recorded and shown as silenced. They do not count as active, and those that are raised ' +
      'under it are not sent to webhooks. What still fires when it ends is sent then.',
    role: 'operator',
    networks: 'refused',
    body: createSilenceBodySchema,
    examples: {
      'a rule': { rule: 'queue_backlog', hours: 2, reason: 'a load test' },
      'one node': { rule: 'node_silent', subject: 'node-a', hours: 24, reason: 'its machine is replaced' },
    },
    answers: { 201: { when: 'It holds', body: silenceSchema } },
    problems: ['too_many_silences'],
  },
  endSilence: {
    route: 'DELETE /api/silences/{silence_id}',
    summary: 'End a silence before its time',
    role: 'operator',
    networks: 'refused',
    query: endSilenceQuerySchema,
    answers: { 200: { when: 'It has ended: as it was', body: silenceSchema } },
    problems: ['silence_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const SILENCE_REQUESTS = { CreateSilence: createSilenceBodySchema };
export const SILENCE_ANSWERS = { Silence: silenceSchema, SilencePage: pageOf(silenceSchema) };
