import * as z from 'zod';
import { documentIdSchema, labelSchema, reasonTextSchema, visibleText } from '../fields/fields';
import { alertRuleSchema } from './alert-rules';

/** The subject of an alert, as an operator names it. The longest is the name of a queue. */
export const silencedSubjectSchema = visibleText(300);

/** The `silences` collection: for a while, alerts of a rule are sent to no webhook. */
export const silenceSchema = z
  .object({
    silence_id: documentIdSchema,
    rule: alertRuleSchema,
    subject: silencedSubjectSchema.optional().describe('Absent: every alert of the rule'),
    reason: reasonTextSchema,
    operator: labelSchema,
    created_time: z.date(),
    until: z.date().describe('It ends automatically then'),
  })
  .describe('For a while, alerts of a rule, or of one subject, are not sent to webhooks and do not count as open');
export type Silence = z.infer<typeof silenceSchema>;
