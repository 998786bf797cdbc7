import { z } from 'zod';
import { hasAtMost, plainText } from './plain-text';

/** Field schemas that several documents and messages share: one place per limit. */

export const MAX_SUBTASKS_PER_JOB = 500;
export const MAX_UPDATES_PER_ENVELOPE = 500;
/** Leases that one control message names. */
export const MAX_LOST_LEASES = 500;
export const MAX_TARGETS = 2 ** 32;

/** A task's id: 24 hex digits, made by the server. */
export const taskIdSchema = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hex digits');
/** A subtask's id: its task's id and its index in the task's target set. */
export const subTaskIdSchema = z.string().regex(/^[0-9a-f]{24}-\d{1,10}$/, 'must be a task id, a dash and an index');
/**
 * A name that people choose, in any script: initiators, types and categories of tasks, API keys, and operators after
 * them. U+FFFD stands where bytes were no UTF-8.
 */
export const labelSchema = plainText({
  min: 1,
  max: 100,
  refused: /[\p{C}\p{Zl}\p{Zp}\ufffd]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u,
  refusedNames: 'control, format, invisible and unassigned characters',
});
export const MAX_REASON_LENGTH = 500;
/** Why an operator commands something, on one line. A blank text counts as no reason. */
export const reasonSchema = plainText({
  min: 0,
  max: MAX_REASON_LENGTH,
  refused: /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufffd]/u,
  refusedNames: 'control characters, line breaks and text-direction marks',
})
  .transform((reason) => (reason === '' ? undefined : reason))
  .optional();
/** Why a subtask changed its state, as a node or a service says it. */
export const updateReasonSchema = z
  .string()
  .refine((reason) => hasAtMost(reason, MAX_REASON_LENGTH), `must be at most ${MAX_REASON_LENGTH} characters`);
/** A name that is part of routing keys, queues and metrics: of nodes and their processes. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/, 'must be 1 to 100 letters, digits or . _ : @ -');
export const poolSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'must be 1 to 50 lower-case letters, digits, - or _');
export const leaseIdSchema = z.string().min(1).max(64);
/** `required` is said where it is missing. */
export const attemptSchema = ({ required }: { required?: string } = {}) =>
  z
    .number({ error: ({ input }) => (input === undefined ? required : undefined) })
    .int()
    .min(1)
    .max(1_000_000);
/** ISO 8601 with any offset on the wire. */
export const timeSchema = z.iso.datetime({ offset: true });
/** Characters of an error's message at most. */
export const MAX_ERROR_MESSAGE_LENGTH = 2_000;
export const errorCodeSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,49}$/, 'must be 1 to 50 upper-case letters, digits or _');
/** An address as text; whether it belongs to a task is asked of the task's target set. */
export const addressSchema = z.string().min(2).max(45);
export const countSchema = z.number().int().min(0);

/** An integer in a query string: decimal digits alone, so that a proxy, a log and we read the same number. */
export const queryIntegerSchema = ({ min, max }: { min: number; max: number }) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/, `must be a whole number from ${min} to ${max}, in decimal digits`)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
/** The query of every list: how many entries a page has at most. */
export const pageLimitSchema = queryIntegerSchema({ min: 1, max: 1_000 }).default(100);
