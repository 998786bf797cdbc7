import { findKeyRange, TargetError, toNetwork } from '@cyberstroll/targets';
import * as z from 'zod';
import { jsonForms } from '../json-schema/json-forms';
import { toSentence } from '../sentences/sentences';
import { hasAtMost, plainText } from './plain-text';

/** Field schemas that several documents and messages share: one place per limit. */

/** Bytes of a message on RabbitMQ at most. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
export const MAX_SUBTASKS_PER_JOB = 500;
export const MAX_UPDATES_PER_ENVELOPE = 500;
/** Leases that one control message names. */
export const MAX_LOST_LEASES = 500;
/** Tasks of one control message. */
export const MAX_CONTROL_TASKS = 500;
export const MAX_TARGETS = 2 ** 32;

export const taskIdSchema = z
  .string()
  .regex(/^[0-9a-f]{24}$/, toSentence('hex_digits', { digits: 24 }))
  .describe("A task's id, made by the server");
/** The id of a document that the server makes: alerts, API keys, operations, audit entries. */
export const documentIdSchema = z.string().regex(/^[0-9a-f]{24}$/, toSentence('hex_digits', { digits: 24 }));
export const subTaskIdSchema = z
  .string()
  .regex(/^[0-9a-f]{24}-\d{1,10}$/, toSentence('subtask_id'))
  .describe("A subtask's id: its task's id, a dash and its index in the task's target set");
/**
 * A name that people choose, in any script: initiators, types and categories of tasks, API keys, and operators after
 * them. U+FFFD stands where bytes were no UTF-8.
 */
export const visibleText = (max: number) =>
  plainText({
    min: 1,
    max,
    refused: /[\p{C}\p{Zl}\p{Zp}\ufffd]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u,
    refusedNames: 'control, format, invisible and unassigned characters',
  });
export const labelSchema = visibleText(100);
export const MAX_TASK_NAME = 200;
/** What people call one task. */
export const taskNameSchema = visibleText(MAX_TASK_NAME);
export const MAX_LABELS = 20;
/** The labels of a task, in the order in which they were given. */
export const labelsSchema = z
  .array(labelSchema)
  .max(MAX_LABELS)
  .refine((labels) => new Set(labels).size === labels.length, toSentence('label_twice'))
  .meta({ uniqueItems: true });
export const MAX_REASON_LENGTH = 500;
/** Why an operator commands something, on one line. */
const reasonText = (min: 0 | 1) =>
  plainText({
    min,
    max: MAX_REASON_LENGTH,
    refused: /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufffd]/u,
    refusedNames: 'control characters, line breaks and text-direction marks',
  });
export const reasonTextSchema = reasonText(0);
/** A reason that must be given. */
export const requiredReasonSchema = reasonText(1);
/** A blank text counts as no reason. */
export const reasonSchema = reasonTextSchema.transform((reason) => (reason === '' ? undefined : reason)).optional();
export const updateReasonSchema = z
  .string()
  .refine(
    (reason) => hasAtMost(reason, MAX_REASON_LENGTH),
    toSentence('at_most_characters', { most: MAX_REASON_LENGTH }),
  )
  .meta({ description: 'Why the subtask changed its status', maxLength: MAX_REASON_LENGTH });
/** Part of routing keys, queues and metrics. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/, toSentence('name_characters'));
export const poolSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, toSentence('lower_case_name'))
  .describe('A group of nodes with one job queue');
export const methodSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, toSentence('lower_case_name'))
  .describe(
    '`connect`: TCP connections; `http`: pages and certificates of web servers; `udp`: questions to UDP ports; ' +
      '`nmap`: the program nmap, where the node has it; any other name: a way to scan that some node has',
  );
export const leaseIdSchema = z
  .string()
  .min(1)
  .max(64)
  .describe("A node's claim on an attempt: a random text (a UUID), new for each claim, the same in all its updates");
/** `required` is said where it is missing. */
export const attemptSchema = ({ required }: { required?: string } = {}) =>
  z
    .number({ error: ({ input }) => (input === undefined ? required : undefined) })
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Which dispatch of the subtask this is, from 1');
export const timeSchema = z.iso.datetime({ offset: true }).describe('ISO 8601 with any offset');
/** Characters of an error's message at most. */
export const MAX_ERROR_MESSAGE_LENGTH = 2_000;
export const errorCodeSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,49}$/, toSentence('upper_case_name'))
  .describe('Says whether a retry may help; docs/node-contract.md lists the codes');
/** Whether an address belongs to a task is asked of the task's target set. */
export const addressSchema = z.string().min(2).max(45).describe('An IPv4 or IPv6 address');
const IPV4 = z.regexes.ipv4.source.slice(1, -1);
const IPV6 = z.regexes.ipv6.source.slice(1, -1);
/** One address in a query. */
export const oneAddressSchema = z.union([z.ipv4(), z.ipv6()], toSentence('one_address')).register(jsonForms, {
  form: { type: 'string', pattern: `^(${IPV4}|${IPV6})$` },
});
/** One address or one network. What it becomes is canonical: without host bits. Targets follow the same rules. */
export const networkSchema = z
  .string(toSentence('one_network'))
  .transform((text, context) => {
    try {
      return toNetwork(text);
    } catch (error) {
      const isMapped = error instanceof TargetError && error.reason === 'ipv4-mapped';
      context.addIssue({ code: 'custom', message: toSentence(isMapped ? 'mapped_network' : 'one_network') });
      return z.NEVER;
    }
  })
  .register(jsonForms, {
    form: {
      type: 'string',
      pattern: `^(${IPV4}(/([0-9]|[12][0-9]|3[0-2]))?|${IPV6}(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$`,
      description: 'One address or one network, such as 10.0.0.1 or 10.0.0.0/24',
    },
  });
/** What a document names as its network, or networks: releases before this one stored other forms, too. */
export const storedNetworkSchema = z
  .string()
  .refine((text) => findKeyRange(text) !== undefined, toSentence('one_network'));
export const ruleLevelSchema = z
  .enum(['operator', 'admin'])
  .describe(
    'Who set it: `admin`: a key with that role, and no key with networks may change or lift it; `operator`: any other key. ' +
      'Absent: `operator`',
  );
export type RuleLevel = z.infer<typeof ruleLevelSchema>;
export const countSchema = z.number().int().min(0);

/** An integer in a query string: decimal digits alone, so that a proxy, a log and we read the same number. */
export const queryIntegerSchema = ({ min, max }: { min: number; max: number }) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/, toSentence('decimal', { least: min, most: max }))
    .transform(Number)
    .pipe(z.number().min(min).max(max));
/** A port in a query string. */
export const queryPortSchema = queryIntegerSchema({ min: 1, max: 65_535 }).register(jsonForms, {
  form: { type: 'integer', minimum: 1, maximum: 65_535 },
});
/** How many results at most, in a page or a stream. */
export const resultLimitSchema = queryIntegerSchema({ min: 1, max: 1_000 })
  .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: 1_000 } })
  .optional();
/** The query of every list: how many entries a page has at most. */
export const pageLimitSchema = queryIntegerSchema({ min: 1, max: 1_000 })
  .default(100)
  .describe('Entries of a page at most')
  .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 } });

/** A node sends `node_id` and `instance_id`, on `cs.state`. A service sends `operator`, on `cs.service-updates`. */
export const senderSchema = z.object({
  node_id: nameSchema.optional().describe("The node's name"),
  instance_id: nameSchema.optional().describe("The node's process: new at each start, the same as in its heartbeats"),
  operator: labelSchema
    .optional()
    .describe('The service, or the name of the person or key that commanded the updates: 1 to 100 characters'),
});
export type Sender = z.infer<typeof senderSchema>;
