import * as z from 'zod';
import { deadLetterIdSchema, deadLetterRecordSchema, deadLetterStateSchema } from '../../documents/dead-letter';
import { countSchema, reasonSchema, taskIdSchema } from '../../fields/fields';
import { sentenceSchema, toSentence } from '../../sentences/sentences';
import { operationsOf, pageOf } from '../operation';
import { CURSOR, pageShape } from '../tasks/task';

export const MAX_DEAD_LETTERS_PER_CALL = 10_000;

const filterShape = {
  reason: z.string().min(1).max(100).optional(),
  queue: z.string().min(1).max(200).optional(),
  task_id: taskIdSchema.optional().describe('Only those whose content names this task'),
  before: z.iso.datetime({ offset: true }).optional().describe('Only those first seen before'),
  after: z.iso.datetime({ offset: true }).optional().describe('Only those first seen at or after'),
};
const filterSchema = z
  .strictObject({ ...filterShape, ids: z.array(deadLetterIdSchema).min(1).max(1_000).optional() })
  .describe('Only dead letters that match everything that is given');
export type DeadLetterFilter = z.infer<typeof filterSchema>;

const commandShape = {
  dry_run: z.boolean().default(false).describe('Say what would be done, and do nothing'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MAX_DEAD_LETTERS_PER_CALL)
    .default(1_000)
    .describe('The most dead letters of one call'),
  reason: reasonSchema.describe('Why it is done: kept with each dead letter, and in the audit log'),
};

/** `POST /api/dead-letters/replay`: the filter is of all that wait where it names nothing. */
export const replayDeadLettersBodySchema = z
  .strictObject({ filter: filterSchema, ...commandShape })
  .describe('Which dead letters are replayed: all that wait where the filter names nothing');
export type ReplayDeadLettersBody = z.infer<typeof replayDeadLettersBodySchema>;

/** `POST /api/dead-letters/discard`. */
export const discardDeadLettersBodySchema = z
  .strictObject({
    filter: filterSchema
      .refine((filter) => Object.values(filter).some((value) => value !== undefined), {
        message: toSentence('no_dead_letter_filter'),
      })
      .meta({ minProperties: 1 }),
    ...commandShape,
  })
  .describe('Which dead letters are discarded');
export type DiscardDeadLettersBody = z.infer<typeof discardDeadLettersBodySchema>;

const listedShape = {
  ...filterShape,
  state: deadLetterStateSchema.optional().describe('All but the discarded where it is not given'),
};

/** `GET /api/dead-letters`. */
export const listDeadLettersQuerySchema = z.strictObject({
  ...listedShape,
  ...pageShape,
  cursor: z
    .string()
    .regex(/^\d{1,15}-[0-9a-f]{32}$/, toSentence('next_cursor'))
    .optional()
    .describe(CURSOR),
});

const skippedSchema = z.strictObject({
  id: z.string(),
  why: z
    .string()
    .describe('`already_replayed`, `discarded`, `not_found`, `content_cut`, `not_json`, `no_origin`, `unroutable`, …'),
});
export type SkippedDeadLetter = z.infer<typeof skippedSchema>;

/** What a replay or a discard did; with `dry_run` what it would have done. */
export const deadLetterOutcomeSchema = z.strictObject({
  matched: countSchema,
  skipped: z.array(skippedSchema),
  dry_run: z.boolean(),
  more: z.boolean().describe('More wait for it than one call takes: call again'),
});
export type DeadLetterOutcome = z.infer<typeof deadLetterOutcomeSchema>;
export const replayOutcomeSchema = deadLetterOutcomeSchema
  .extend({ replayed: countSchema })
  .describe('What a replay did; with `dry_run`: what it would do');
export const discardOutcomeSchema = deadLetterOutcomeSchema
  .extend({ discarded: countSchema })
  .describe('What a discard did; with `dry_run`: what it would do');

/** A dead letter as clients see it. `sentence` is that of `detail`. */
export const deadLetterViewSchema = deadLetterRecordSchema
  .extend({ sentence: sentenceSchema.optional() })
  .describe('A message or an update that could not be applied, with its content');
/** A dead letter in a list. */
export const deadLetterSummarySchema = deadLetterViewSchema
  .omit({ content: true })
  .describe('A message or an update that could not be applied, without its content');

/** `GET /api/dead-letters/groups`. */
export const groupDeadLettersQuerySchema = z.strictObject(listedShape);
export type GroupDeadLettersQuery = z.infer<typeof groupDeadLettersQuerySchema>;

/** The most reasons of one answer, and the most dead letters that it counts. */
export const MAX_DEAD_LETTER_GROUPS = 100;
export const MAX_GROUPED_DEAD_LETTERS = 1_000_000;

const deadLetterGroupSchema = z
  .object({
    reason: z.string(),
    count: countSchema,
    waiting: countSchema.describe('Those of them that were neither replayed nor discarded'),
    oldest: z.date().describe('When the first of them was first seen'),
    newest: z.date().describe('When the last of them was first seen'),
  })
  .describe('The dead letters of one reason');
export const deadLetterGroupsSchema = z
  .object({
    items: z.array(deadLetterGroupSchema),
    more: z
      .boolean()
      .describe(
        `Whether there are more than ${MAX_DEAD_LETTER_GROUPS} reasons, or more than ${MAX_GROUPED_DEAD_LETTERS} ` +
          'dead letters: then the counts are of some of them',
      ),
  })
  .describe('Dead letters counted by reason');
export type DeadLetterGroups = z.infer<typeof deadLetterGroupsSchema>;

/** The operations of the tag `dead letters`. */
export const DEAD_LETTER_OPERATIONS = operationsOf('dead letters', {
  listDeadLetters: {
    route: 'GET /api/dead-letters',
    summary: 'List dead letters, newest first, without their content',
    role: 'viewer',
    networks: 'refused',
    query: listDeadLettersQuerySchema,
    answers: { 200: { when: 'A page of dead letters', body: pageOf(deadLetterSummarySchema) } },
  },
  listDeadLetterGroups: {
    route: 'GET /api/dead-letters/groups',
    summary: 'Count all dead letters that match by reason, the most frequent first',
    role: 'viewer',
    networks: 'refused',
    query: groupDeadLettersQuerySchema,
    answers: { 200: { when: 'The reasons with their counts', body: deadLetterGroupsSchema } },
  },
  replayDeadLetters: {
    route: 'POST /api/dead-letters/replay',
    summary: 'Send dead letters back to where they came from',
    role: 'operator',
    networks: 'refused',
    body: replayDeadLettersBodySchema,
    examples: { 'one reason': { filter: { reason: 'unknown_task' }, dry_run: true } },
    answers: { 200: { when: 'What was sent, and what was not', body: replayOutcomeSchema } },
  },
  discardDeadLetters: {
    route: 'POST /api/dead-letters/discard',
    summary: 'Remove dead letters from lists and replays',
    role: 'admin',
    networks: 'refused',
    body: discardDeadLettersBodySchema,
    examples: { 'old ones': { filter: { before: '2026-01-01T00:00:00Z' }, dry_run: true } },
    answers: { 200: { when: 'What was discarded, and what was not', body: discardOutcomeSchema } },
  },
  getDeadLetter: {
    route: 'GET /api/dead-letters/{dead_letter_id}',
    summary: 'Read a dead letter with its content',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The dead letter', body: deadLetterViewSchema } },
    problems: ['dead_letter_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const DEAD_LETTER_REQUESTS = {
  ReplayDeadLetters: replayDeadLettersBodySchema,
  DiscardDeadLetters: discardDeadLettersBodySchema,
  DeadLetterFilter: replayDeadLettersBodySchema.shape.filter,
};
export const DEAD_LETTER_ANSWERS = {
  DeadLetter: deadLetterViewSchema,
  DeadLetterSummary: deadLetterSummarySchema,
  DeadLetterPage: pageOf(deadLetterSummarySchema),
  DeadLetterGroups: deadLetterGroupsSchema,
  DeadLetterGroup: deadLetterGroupSchema,
  DeadLetterContentType: deadLetterRecordSchema.shape.content_type,
  DeadLetterMark: deadLetterRecordSchema.shape.replayed_times.element,
  ReplayOutcome: replayOutcomeSchema,
  DiscardOutcome: discardOutcomeSchema,
};
