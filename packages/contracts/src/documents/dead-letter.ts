import * as z from 'zod';
import { labelSchema, senderSchema, taskIdSchema } from '../fields/fields';
import { toSentence } from '../sentences/sentences';

/** How many bytes of a content that is too long are kept: a sample, which cannot be replayed. */
export const CUT_CONTENT_BYTES = 64 * 1024;

/** The AMQP header of a replay that names the RabbitMQ user which had sent the message. Only services are believed. */
export const REPLAYED_USER = 'x-replayed-user';

export const deadLetterSchema = z
  .object({
    reason: z.string().describe('Stable, snake_case: docs/errors.md lists them'),
    detail: z.string().describe('Names the field or the value that is wrong'),
    queue: z.string().describe('The queue that the message came from'),
    exchange: z.string().optional().describe('The exchange that had brought it there'),
    first_seen: z.string().describe('ISO 8601'),
    source: z
      .string()
      .max(100)
      .optional()
      .describe('Names the message that it came in: the same when that is delivered again'),
    fold: z
      .boolean()
      .optional()
      .describe('Dead letters of one reason, queue and sender are kept as one: the first of them, with a count'),
    sender: z.string().optional().describe('Who sent the message, if that could be read'),
    user_id: z.string().optional().describe('The RabbitMQ user that sent the message, where the message says so'),
    update_sender: senderSchema
      .optional()
      .describe("The envelope's sender, where `content` is one update of an envelope, not a whole message"),
    content: z
      .unknown()
      .describe(
        'The message or update as it came; text where it was not JSON, and the beginning as text where it was too long',
      ),
    content_bytes: z.number().int().min(0).optional().describe('Bytes of the whole content, where `content` is cut'),
  })
  .meta({ title: 'Dead letter', description: 'A message or an update that could not be applied, with its reason.' });
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Whether a reason may be one of ours. Reasons that other programs write into a dead letter get a common name. */
export const isReasonCode = (reason: string): boolean => /^[a-z][a-z0-9_]{0,49}$/.test(reason);

/** `waiting`: nothing was done about it yet. */
export const DEAD_LETTER_STATES = ['waiting', 'replayed', 'discarded'] as const;
export const deadLetterStateSchema = z.enum(DEAD_LETTER_STATES).describe('`waiting`: nothing was done about it yet');
export const deadLetterIdSchema = z.string().regex(/^[0-9a-f]{32}$/, toSentence('hex_digits', { digits: 32 }));

const markSchema = z
  .object({ time: z.date(), operator: labelSchema, reason: z.string().optional() })
  .describe('Who replayed or discarded it, when, and why');
export type DeadLetterMark = z.infer<typeof markSchema>;

/**
 * The `dead_letters` collection: a dead letter as it is kept. Its content is text, whatever it was: keys in it are
 * never the document's.
 */
export const deadLetterRecordSchema = z
  .object({
    dead_letter_id: deadLetterIdSchema.describe('Made from the message: delivered again, it is the same dead letter'),
    state: deadLetterStateSchema,
    reason: z.string(),
    detail: z.string(),
    queue: z.string(),
    first_seen: z.date(),
    /** If it stands for many: how many there were, at least, and when the last of them came. */
    count: z.number().int().min(1).optional(),
    last_seen: z.date().optional(),
    sender: z.string().optional(),
    /** The RabbitMQ user that sent the message, if RabbitMQ has checked it. */
    user_id: z.string().optional(),
    update_sender: senderSchema.optional(),
    /** The task that its content names, whether there is such a task or not. */
    task_id: taskIdSchema.optional(),
    content: z.string(),
    content_type: z.enum(['json', 'text', 'base64']).describe('`base64`: bytes that are no UTF-8'),
    /** The size of the whole content; `content` is cut if it is longer than what is kept. */
    content_bytes: z.number(),
    replayable: z.boolean(),
    /** Why it is not: `content_cut`, `not_json`, `no_origin`. */
    unreplayable_reason: z.string().optional(),
    /** Where a replay goes. */
    exchange: z.string().optional(),
    routing_key: z.string().optional(),
    /** The latest 20. */
    replayed_times: z.array(markSchema),
    discarded: markSchema.optional(),
    kept_time: z.date(),
    /** When it is deleted. */
    expires: z.date(),
  })
  .describe('A message or an update that could not be applied, with its content');
export type DeadLetterRecord = z.infer<typeof deadLetterRecordSchema>;
/** As lists show it. */
export type DeadLetterSummary = Omit<DeadLetterRecord, 'content'>;
