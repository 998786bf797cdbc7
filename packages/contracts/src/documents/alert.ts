import * as z from 'zod';
import { countSchema, documentIdSchema } from '../fields/fields';
import { sentenceSchema } from '../sentences/sentences';
import { alertRuleSchema } from './alert-rules';
import { deliveryShape } from './delivery';
import { silenceSchema } from './silence';

/** `acknowledged`: an operator has seen it. Both open states end as `resolved`, automatically or by an operator. */
export const ALERT_STATES = ['firing', 'acknowledged', 'resolved'] as const;
export const alertStateSchema = z.enum(ALERT_STATES).describe('`acknowledged`: an operator has seen it');
export type AlertState = z.infer<typeof alertStateSchema>;

/** One change of an alert's state. */
export const alertHistoryEntrySchema = z
  .object({
    state: alertStateSchema,
    timestamp: z.date(),
    reason: z.string(),
    operator: z.string(),
  })
  .describe("One change of an alert's state");
export type AlertHistoryEntry = z.infer<typeof alertHistoryEntrySchema>;

/** An alert as the API shows it: one per rule and subject at a time. */
export const alertSchema = z
  .object({
    alert_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    rule: alertRuleSchema,
    subject: z
      .string()
      .describe(
        "The id of a task, a node, an operation or an exclusion, a queue's name, a kind and an id, or `system`",
      ),
    subject_name: z.string().optional().describe('What the task, schedule or exclusion is called that it is about'),
    severity: z.enum(['warning', 'critical']),
    state: alertStateSchema,
    /** In words, with the numbers; as of `updated_time`. */
    summary: z.string(),
    sentence: sentenceSchema.optional(),
    /** What the rule measures; absent if the rule is about an event. */
    value: z.number().optional(),
    threshold: z.number().optional(),
    /** How often it was reported, if the rule is about an event. */
    occurrences: countSchema,
    runbook: z.string(),
    raised_time: z.date(),
    updated_time: z.date(),
    resolved_time: z.date().optional(),
    history: z.array(
      alertHistoryEntrySchema
        .extend({ sentence: sentenceSchema.optional() })
        .describe("One change of an alert's state"),
    ),
    silence: silenceSchema.optional().describe('The silence that covers it now; of several the one that ends last'),
    /** When a resolved one is deleted. */
    expires: z.date().optional(),
  })
  .describe('What an operator should look at: one per rule and subject at a time');
export type Alert = z.infer<typeof alertSchema>;

/** A change of state that every receiver must still get: on `cs.events`, and to every webhook. */
export const alertNoticeSchema = alertHistoryEntrySchema.extend({ notice_id: z.string() });
export type AlertNotice = z.infer<typeof alertNoticeSchema>;

/** The delivery of a notice to one receiver. */
export const alertDeliverySchema = alertNoticeSchema.extend(deliveryShape);
export type AlertDelivery = z.infer<typeof alertDeliverySchema>;

/**
 * The `alerts` collection: an alert and the notices of it that are still to be delivered. They are one document, so
 * that no crash separates them.
 */
export const alertDocumentSchema = alertSchema.omit({ subject_name: true, silence: true, sentence: true }).extend({
  history: z.array(alertHistoryEntrySchema),
  /** How many alerts of its rule and subject there were before it. */
  predecessors: countSchema,
  /** The condition holds, as far as is known; there is no second alert of its rule and subject meanwhile. */
  active: z.boolean(),
  /** It was raised under a silence, and no webhook was sent. */
  muted: z.boolean().optional(),
  notices: z.array(alertNoticeSchema),
  deliveries: z.array(alertDeliverySchema),
});
export type AlertDocument = z.infer<typeof alertDocumentSchema>;
